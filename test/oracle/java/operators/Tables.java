package oracle;

import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.KeyValueMapper;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Predicate;
import org.apache.kafka.streams.kstream.ValueMapper;
import org.apache.kafka.streams.kstream.ValueMapperWithKey;

/** Operators on tables, those of windows included. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Tables {
    static void add(final Operators all) {
        all.on("table", "filter", Tables::filter);
        all.on("table", "filterNot", Tables::filterNot);
        all.on("table", "mapValues", Tables::mapValues);
        all.on("table", "toStream", Tables::toStream);
        all.on("table", "groupBy", Tables::groupBy);
    }

    private static KTable<Object, Object> table(final Call call) {
        return call.from().get();
    }

    private static Flow filter(final Call call) {
        final KTable t = table(call);
        final Named n = Common.named(call.o());
        final Predicate p = Functions.predicate(call.o().text("predicate"));
        final Materialized m = Common.materialized(call);
        if (m == null) return call.from().as("table", n == null ? t.filter(p) : t.filter(p, n));
        return call.from().as("table", n == null ? t.filter(p, m) : t.filter(p, n, m));
    }

    private static Flow filterNot(final Call call) {
        final KTable t = table(call);
        final Named n = Common.named(call.o());
        final Predicate p = Functions.predicate(call.o().text("predicate"));
        final Materialized m = Common.materialized(call);
        if (m == null) return call.from().as("table", n == null ? t.filterNot(p) : t.filterNot(p, n));
        return call.from().as("table", n == null ? t.filterNot(p, m) : t.filterNot(p, n, m));
    }

    private static Flow mapValues(final Call call) {
        final KTable t = table(call);
        final Flow from = call.from();
        final Named n = Common.named(call.o());
        final String name = call.o().text("valueMapper");
        final ValueMapperWithKey<Object, Object, Object> f = Functions.mapper(name)::apply;
        final Materialized m = Common.materialized(call);
        final Object next;
        if (Boolean.FALSE.equals(call.o().flagOrNull("withKey"))) {
            final ValueMapper<Object, Object> g = value -> f.apply(null, value);
            return new Flow("table", mapped(t, g, n, m), from.key(), Functions.serdeOf(name, from.key(), from.value()));
        }
        if (m == null) next = n == null ? t.mapValues(f) : t.mapValues(f, n);
        else next = n == null ? t.mapValues(f, m) : t.mapValues(f, n, m);
        return new Flow("table", next, from.key(), Functions.serdeOf(name, from.key(), from.value()));
    }

    private static KTable mapped(final KTable t, final ValueMapper<Object, Object> f, final Named n, final Materialized m) {
        if (m == null) return n == null ? t.mapValues(f) : t.mapValues(f, n);
        return n == null ? t.mapValues(f, m) : t.mapValues(f, n, m);
    }

    private static Flow toStream(final Call call) {
        final Options o = call.o();
        final Flow from = call.from();
        final Named n = Common.named(o);
        if (!o.has("keyMapper")) return from.as("stream", n == null ? table(call).toStream() : table(call).toStream(n));
        final KeyValueMapper<Object, Object, Object> k = Functions.mapper(o.text("keyMapper"))::apply;
        final Object next = n == null ? table(call).toStream(k) : table(call).toStream(k, n);
        return new Flow("stream", next, Functions.serdeOf(o.text("keyMapper"), from.key(), from.value()), from.value());
    }

    private static Flow groupBy(final Call call) {
        final Options o = call.o();
        final Flow from = call.from();
        final var k = Functions.mapper(o.text("keyMapper"));
        final var v = Functions.mapper(o.text("valueMapper"));
        final String key = Functions.serdeOf(o.text("keyMapper"), from.key(), from.value());
        final String value = Functions.serdeOf(o.text("valueMapper"), from.key(), from.value());
        return new Flow("grouped table", table(call).groupBy((x, y) -> KeyValue.pair(k.apply(x, y), v.apply(x, y)), Common.grouped(o, key, value)), key, value);
    }

    private Tables() { }
}
