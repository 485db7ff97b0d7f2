package oracle;

import java.time.Duration;
import org.apache.kafka.streams.kstream.CogroupedKStream;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.SessionWindowedCogroupedKStream;
import org.apache.kafka.streams.kstream.SessionWindowedKStream;
import org.apache.kafka.streams.kstream.SessionWindows;

/** Sessions, and their aggregations; test/oracle/operators/sessions.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Sessions {
    static void add(final Operators all) {
        all.on("grouped stream", "windowedBySessions", call -> {
            final KGroupedStream<Object, Object> grouped = call.from().get();
            final Options o = call.o();
            final SessionWindowedKStream<Object, Object> windowed = grouped.windowedBy(windows(o));
            final String emit = o.textOrNull("emit");
            if (emit == null) return call.from().as("session stream", windowed);
            return call.from().as("session stream", windowed.emitStrategy(switch (emit) {
                case "on-window-update" -> EmitStrategy.onWindowUpdate();
                case "on-window-close" -> EmitStrategy.onWindowClose();
                default -> throw new ScenarioException("emit strategy \"" + emit + "\" is not known");
            }));
        });
        all.on("cogrouped stream", "windowedBySessions", call -> {
            final CogroupedKStream<Object, Object> cogrouped = call.from().get();
            return call.from().as("session cogrouped stream", cogrouped.windowedBy(windows(call.o())));
        });
        all.on("session cogrouped stream", "aggregate", call -> {
            final SessionWindowedCogroupedKStream w = call.from().get();
            final Named n = Common.named(call.o());
            final var i = Functions.initializer(call.o().text("initializer"));
            final var merger = Functions.merger(call.o().text("merger"));
            final Materialized m = Cogroups.materialized(call);
            return table(call, n == null ? w.aggregate(i, merger, m) : w.aggregate(i, merger, n, m), call.from().value());
        });
        all.on("session stream", "count", call -> {
            final SessionWindowedKStream w = call.from().get();
            final Named n = Common.named(call.o());
            final Materialized m = Common.materialized(call);
            if (m == null) return table(call, n == null ? w.count() : w.count(n), "int64");
            return table(call, n == null ? w.count(m) : w.count(n, m), "int64");
        });
        all.on("session stream", "reduce", call -> {
            final SessionWindowedKStream w = call.from().get();
            final Named n = Common.named(call.o());
            final var r = Functions.reducer(call.o().text("reducer"));
            final Materialized m = GroupedFlows.reduceMaterialized(call, n);
            if (m == null) return table(call, w.reduce(r), call.from().value());
            return table(call, n == null ? w.reduce(r, m) : w.reduce(r, n, m), call.from().value());
        });
        all.on("session stream", "aggregate", call -> {
            final SessionWindowedKStream w = call.from().get();
            final Named n = Common.named(call.o());
            final var i = Functions.initializer(call.o().text("initializer"));
            final var a = Functions.aggregator(call.o().text("aggregator"));
            final var merger = Functions.merger(call.o().text("merger"));
            final String value = GroupedFlows.valueOf(call);
            final Materialized m = Common.materialized(call);
            return table(call, n == null ? w.aggregate(i, a, merger, m) : w.aggregate(i, a, merger, n, m), value);
        });
    }

    static SessionWindows windows(final Options o) {
        return SessionWindows.ofInactivityGapAndGrace(Duration.ofMillis(o.number("gap")), Duration.ofMillis(o.number("grace")));
    }

    private static Flow table(final Call call, final Object table, final String value) {
        return new Flow("table", table, "sessionWindowed(" + call.from().key() + ")", value);
    }

    private Sessions() { }
}
