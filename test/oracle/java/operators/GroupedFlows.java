package oracle;

import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KGroupedTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;

/** Aggregations of grouped streams and tables. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class GroupedFlows {
    static void add(final Operators all) {
        all.on("grouped stream", "count", call -> {
            final KGroupedStream g = call.from().get();
            final Named n = Common.named(call.o());
            final Materialized m = Common.materialized(call);
            if (m == null) return counted(call, n == null ? g.count() : g.count(n));
            return counted(call, n == null ? g.count(m) : g.count(n, m));
        });
        all.on("grouped stream", "reduce", call -> {
            final KGroupedStream g = call.from().get();
            final Named n = Common.named(call.o());
            final var r = Functions.reducer(call.o().text("reducer"));
            final Materialized m = reduceMaterialized(call, n);
            if (m == null) return call.from().as("table", g.reduce(r));
            return call.from().as("table", n == null ? g.reduce(r, m) : g.reduce(r, n, m));
        });
        all.on("grouped stream", "aggregate", call -> {
            final KGroupedStream g = call.from().get();
            final Named n = Common.named(call.o());
            final var i = Functions.initializer(call.o().text("initializer"));
            final var a = Functions.aggregator(call.o().text("aggregator"));
            final String value = valueOf(call);
            final Materialized m = Common.materialized(call);
            return new Flow("table", n == null ? g.aggregate(i, a, m) : g.aggregate(i, a, n, m), call.from().key(), value);
        });
        all.on("grouped table", "count", call -> {
            final KGroupedTable g = call.from().get();
            final Named n = Common.named(call.o());
            final Materialized m = Common.materialized(call);
            if (m == null) return counted(call, n == null ? g.count() : g.count(n));
            return counted(call, n == null ? g.count(m) : g.count(n, m));
        });
        all.on("grouped table", "reduce", call -> {
            final KGroupedTable g = call.from().get();
            final Named n = Common.named(call.o());
            final var adder = Functions.reducer(call.o().text("adder"));
            final var subtractor = Functions.reducer(call.o().text("subtractor"));
            final Materialized m = reduceMaterialized(call, n);
            if (m == null) return call.from().as("table", g.reduce(adder, subtractor));
            return call.from().as("table", n == null ? g.reduce(adder, subtractor, m) : g.reduce(adder, subtractor, n, m));
        });
        all.on("grouped table", "aggregate", call -> {
            final KGroupedTable g = call.from().get();
            final Named n = Common.named(call.o());
            final var i = Functions.initializer(call.o().text("initializer"));
            final var adder = Functions.aggregator(call.o().text("adder"));
            final var subtractor = Functions.aggregator(call.o().text("subtractor"));
            final String value = valueOf(call);
            final Materialized m = Common.materialized(call);
            return new Flow("table", n == null ? g.aggregate(i, adder, subtractor, m) : g.aggregate(i, adder, subtractor, n, m), call.from().key(), value);
        });
    }

    private static Flow counted(final Call call, final Object table) {
        return new Flow("table", table, call.from().key(), "int64");
    }

    /** The name of the serde of an aggregate, that of the described store where there is one. */
    static String valueOf(final Call call) {
        return call.o().has("supplied") ? call.plan().store(call.o().text("supplied")).value() : call.o().text("value");
    }

    /** The library has no reduce with a name alone. */
    static Materialized reduceMaterialized(final Call call, final Named n) {
        final Materialized m = Common.materialized(call);
        if (m == null && n != null) throw new ScenarioException("reduce with a name needs an option of the store");
        return m;
    }

    private GroupedFlows() { }
}
