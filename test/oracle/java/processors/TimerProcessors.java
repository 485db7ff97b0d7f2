package oracle;

import static oracle.Functions.text;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.Punctuator;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Processors with punctuators. */
final class TimerProcessors {
    private static final Duration TEN = Duration.ofMillis(10);

    static void add(final Processors all) {
        timed(all, "streamTimer", (context, tick) -> context.schedule(TEN, PunctuationType.STREAM_TIME, tick));
        timed(all, "wallTimer", (context, tick) -> context.schedule(Duration.ofMillis(1000), PunctuationType.WALL_CLOCK_TIME, tick));
        timed(all, "anchoredTimer", (context, tick) -> context.schedule(Instant.ofEpochMilli(25), TEN, PunctuationType.STREAM_TIME, tick));
        timed(all, "cancelledTimer", (context, tick) -> {
            final AtomicInteger calls = new AtomicInteger();
            final AtomicReference<Cancellable> timer = new AtomicReference<>();
            timer.set(context.schedule(TEN, PunctuationType.STREAM_TIME, time -> {
                tick.punctuate(time);
                if (calls.incrementAndGet() == 2) timer.get().cancel();
            }));
        });
        timed(all, "failingTimer", (context, tick) -> {
            final AtomicInteger calls = new AtomicInteger();
            context.schedule(TEN, PunctuationType.STREAM_TIME, time -> {
                if (calls.incrementAndGet() == 2) throw new Boom();
                tick.punctuate(time);
            });
        });
        timed(all, "anchoredWallTimer", (context, tick) -> context.schedule(Instant.ofEpochMilli(1_704_067_201_500L), Duration.ofMillis(1000), PunctuationType.WALL_CLOCK_TIME, tick));
        timed(all, "pastWallTimer", (context, tick) -> context.schedule(Instant.ofEpochMilli(300), Duration.ofMillis(1000), PunctuationType.WALL_CLOCK_TIME, tick));
        timed(all, "failingWallTimer", (context, tick) -> {
            final AtomicInteger calls = new AtomicInteger();
            context.schedule(Duration.ofMillis(1000), PunctuationType.WALL_CLOCK_TIME, time -> {
                if (calls.incrementAndGet() == 2) throw new Boom();
                tick.punctuate(time);
            });
        });
        timed(all, "pastStreamTimer", (context, tick) -> context.schedule(Instant.ofEpochMilli(0), TEN, PunctuationType.STREAM_TIME, tick));
        timed(all, "emptyTimer", (context, tick) -> context.schedule(Duration.ZERO, PunctuationType.STREAM_TIME, tick));
        timed(all, "nestedTimer", (context, tick) -> {
            final AtomicReference<Cancellable> outer = new AtomicReference<>();
            outer.set(context.schedule(Duration.ofMillis(20), PunctuationType.STREAM_TIME, time -> {
                outer.get().cancel();
                context.schedule(Duration.ofMillis(5), PunctuationType.STREAM_TIME, tick);
                context.schedule(Duration.ofMillis(2000), PunctuationType.WALL_CLOCK_TIME, tick);
                tick.punctuate(time);
            }));
        });
        timed(all, "threeTimers", (context, tick) -> {
            context.schedule(Duration.ofMillis(15), PunctuationType.STREAM_TIME, time -> tick.punctuate(time + 3));
            context.schedule(Duration.ofMillis(5), PunctuationType.STREAM_TIME, time -> tick.punctuate(time + 1));
            context.schedule(Duration.ofMillis(15), PunctuationType.STREAM_TIME, time -> tick.punctuate(time + 2));
        });
        all.free("recordTimer", (context, stores) -> record -> {
            context.schedule(TEN, PunctuationType.STREAM_TIME, time -> context.forward(record.withTimestamp(time)));
            context.forward(record);
        });
        all.fixed("countTimer", (context, stores) -> {
            final KeyValueStore<Object, Object> store = stores.get(0);
            context.schedule(TEN, PunctuationType.STREAM_TIME, time -> store.put("timer", text(time)));
            return context::forward;
        });
    }

    private static void timed(final Processors all, final String name, final BiConsumer<ProcessorContext<Object, Object>, Punctuator> start) {
        all.free(name, (context, stores) -> {
            start.accept(context, time -> context.forward(new Record<>("timer", text(time), time)));
            return context::forward;
        });
    }

    private TimerProcessors() { }
}
