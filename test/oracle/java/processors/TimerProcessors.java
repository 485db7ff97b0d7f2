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
