package oracle;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.TimeWindowedKStream;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.UnlimitedWindows;
import org.apache.kafka.streams.kstream.Window;

/** Windows of time and unlimited ones, and their aggregations. */
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
        final Object windowed;
        final String size;
        if (Boolean.TRUE.equals(o.flagOrNull("unlimited"))) {
            windowed = grouped.<Window>windowedBy((org.apache.kafka.streams.kstream.Windows) unlimited(o));
            size = "unlimited";
        } else {
            windowed = grouped.windowedBy(timeWindows(o));
            size = String.valueOf(o.number("size"));
        }
        return new Flow("windowed stream", windowed, from.key(), from.value(), Map.of("windowedKey", "timeWindowed(" + from.key() + ", " + size + ")"));
    }

    private static UnlimitedWindows unlimited(final Options o) {
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
