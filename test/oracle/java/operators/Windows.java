package oracle;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.TimeWindowedKStream;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.UnlimitedWindows;
import org.apache.kafka.streams.kstream.Window;

/** Windows of time, unlimited and sliding ones, and their aggregations. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Windows {
    static void add(final Operators all) {
        all.on("grouped stream", "windowedBy", Windows::windowedBy);
        all.on("windowed stream", "count", call -> {
            final TimeWindowedKStream w = call.from().get();
            final Named n = Common.named(call.o());
            final Materialized m = Common.materialized(call);
            if (m == null) return table(call, n == null ? w.count() : w.count(n), "int64");
            return table(call, n == null ? w.count(m) : w.count(n, m), "int64");
        });
        all.on("windowed stream", "reduce", call -> {
            final TimeWindowedKStream w = call.from().get();
            final Named n = Common.named(call.o());
            final var r = Functions.reducer(call.o().text("reducer"));
            final Materialized m = GroupedFlows.reduceMaterialized(call, n);
            if (m == null) return table(call, w.reduce(r), call.from().value());
            return table(call, n == null ? w.reduce(r, m) : w.reduce(r, n, m), call.from().value());
        });
        all.on("windowed stream", "aggregate", call -> {
            final TimeWindowedKStream w = call.from().get();
            final Named n = Common.named(call.o());
            final var i = Functions.initializer(call.o().text("initializer"));
            final var a = Functions.aggregator(call.o().text("aggregator"));
            final String value = GroupedFlows.valueOf(call);
            final Materialized m = Common.materialized(call);
            return table(call, n == null ? w.aggregate(i, a, m) : w.aggregate(i, a, n, m), value);
        });
    }

    private static Flow table(final Call call, final Object table, final String value) {
        return new Flow("table", table, (String) call.from().more().get("windowedKey"), value);
    }

    private static Flow windowedBy(final Call call) {
        final Flow from = call.from();
        final KGroupedStream<Object, Object> grouped = from.get();
        final Options o = call.o();
        final TimeWindowedKStream windowed;
        final String size = size(o);
        if (o.has("timeDifference")) {
            windowed = grouped.windowedBy(slidingWindows(o));
        } else if (Boolean.TRUE.equals(o.flagOrNull("unlimited"))) {
            windowed = grouped.<Window>windowedBy((org.apache.kafka.streams.kstream.Windows) unlimited(o));
        } else {
            windowed = grouped.windowedBy(timeWindows(o));
        }
        final String emit = o.textOrNull("emit");
        final Object node = emit == null ? windowed : windowed.emitStrategy(strategy(emit));
        return new Flow("windowed stream", node, from.key(), from.value(), Map.of("windowedKey", "timeWindowed(" + from.key() + ", " + size + ")"));
    }

    /** The size of the windows in the name of the serde of their keys. */
    static String size(final Options o) {
        if (o.has("timeDifference")) return String.valueOf(o.number("timeDifference"));
        return Boolean.TRUE.equals(o.flagOrNull("unlimited")) ? "unlimited" : String.valueOf(o.number("size"));
    }

    static EmitStrategy strategy(final String name) {
        return switch (name) {
            case "on-window-close" -> EmitStrategy.onWindowClose();
            case "on-window-update" -> EmitStrategy.onWindowUpdate();
            default -> throw new ScenarioException("emit is on-window-close or on-window-update");
        };
    }

    static SlidingWindows slidingWindows(final Options o) {
        return SlidingWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(o.number("timeDifference")), Duration.ofMillis(o.number("grace")));
    }

    static UnlimitedWindows unlimited(final Options o) {
        final Long start = o.numberOrNull("start");
        return start == null ? UnlimitedWindows.of() : UnlimitedWindows.of().startOn(Instant.ofEpochMilli(start));
    }

    static TimeWindows timeWindows(final Options o) {
        final Duration size = Duration.ofMillis(o.number("size"));
        final long grace = o.number("grace");
        final TimeWindows windows = TimeWindows.ofSizeAndGrace(size, Duration.ofMillis(grace));
        final Long advance = o.numberOrNull("advance");
        return advance == null ? windows : windows.advanceBy(Duration.ofMillis(advance));
    }

    private Windows() { }
}
