"""The stateless mode with Quix Streams: a filter, a function and a topic to write to."""

import logging
import sys
import threading
import time

from quixstreams import Application

options = dict(argument.split("=", 1) for argument in sys.argv[1:])
steps = int(options["steps"])
done = 0


def say(what):
    with open("/proc/self/stat", encoding="utf8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    print(f"{int(time.time() * 1000)} {(int(fields[11]) + int(fields[12])) * 10} {what}", flush=True)


def is_kept(value, key, timestamp, headers):
    global done
    done += 1
    if done == 1:
        say("first")
    if done == steps // 2:
        say("half")
    if done == steps:
        say("all")
    return key[-1] & 1 == 0


application = Application(
    broker_address=options["bootstrap"],
    consumer_group=options["group"],
    auto_offset_reset="earliest",
    auto_create_topics=False,
    loglevel=logging.ERROR,
    producer_extra_config={"acks": "all"},
)
source = application.topic(options["input"], key_deserializer="bytes", value_deserializer="bytes")
sink = application.topic(options["output"], key_serializer="bytes", value_serializer="bytes")
application.dataframe(source).filter(is_kept, metadata=True).apply(lambda value: bytes(bytearray(value))).to_topic(sink)


def stop_when_told():
    for line in sys.stdin:
        if line.strip() == "close":
            break
    application.stop()


threading.Thread(target=stop_when_told, daemon=True).start()
application.run()
say("closed")
