package oracle;

import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.GlobalKTable;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KeyValueMapper;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.ValueJoinerWithKey;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/** Global tables and stores, stores restored from their topic, and joins; test/oracle/operators/global-tables.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class GlobalTables {
    static void add(final Operators all) {
        all.on("topology", "globalTable", GlobalTables::table);
        all.on("topology", "globalStore", GlobalTables::store);
        all.on("topology", "laterGlobalStore", call -> later(call, true));
        all.on("topology", "readOnlyStore", call -> later(call, false));
        all.on("stream", "joinGlobal", call -> joined(call, false));
        all.on("stream", "leftJoinGlobal", call -> joined(call, true));
    }

    private static Flow table(final Call call) {
        final Options o = call.o();
        final String key = o.text("key", "string");
        final String value = o.text("value", "string");
        final Consumed<Object, Object> consumed = Sources.consumed(o, key, value);
        final Materialized store = Common.sourceMaterialized(call);
        final var builder = call.plan().builder;
        return new Flow("global table", store == null ? builder.globalTable(o.text("topic"), consumed) : builder.globalTable(o.text("topic"), consumed, store), key, value);
    }

    private static Flow store(final Call call) {
        final Options o = call.o();
        final Plan.DescribedStore described = global(call);
        final Consumed<Object, Object> consumed = Sources.consumed(o, o.text("key", "string"), o.text("value", "string"));
        call.plan().builder.addGlobalStore((StoreBuilder) described.builder(), o.text("topic"), consumed, supplier(o));
        return null;
    }

    private static Flow later(final Call call, final boolean isGlobal) {
        final Options o = call.o();
        final StoreBuilder<?> built = isGlobal ? global(call).builder() : call.plan().store(o.text("store")).builder();
        final Serde<Object> key = SerdesByName.serde(o.text("key", "string"));
        final Serde<Object> value = SerdesByName.serde(o.text("value", "string"));
        final String name = o.text("name", "keeper");
        final String source = o.text("source", name + "-source");
        final TimestampExtractor extractor = o.has("extractor") ? Functions.extractor(o.text("extractor")) : null;
        final String topic = o.text("topic");
        final ProcessorSupplier supplier = supplier(o);
        call.plan().later(topology -> {
            if (isGlobal) topology.addGlobalStore((StoreBuilder) built, source, extractor, key.deserializer(), value.deserializer(), topic, name, supplier);
            else topology.addReadOnlyStateStore((StoreBuilder) built, source, extractor, key.deserializer(), value.deserializer(), topic, name, supplier);
        });
        return null;
    }

    /** The described store, which every processor may read from now on. */
    private static Plan.DescribedStore global(final Call call) {
        final String id = call.o().text("store");
        call.plan().global.add(id);
        return call.plan().store(id);
    }

    private static ProcessorSupplier supplier(final Options o) {
        return Processors.free(o.text("processor"), List.of(o.text("store")), Set.of());
    }

    private static Flow joined(final Call call, final boolean isLeft) {
        final Options o = call.o();
        final Flow from = call.from();
        final Flow other = call.plan().flow(o.text("with"), "global table");
        final KStream stream = from.get();
        final GlobalKTable table = other.get();
        final Functions.Mapper selector = Functions.mapper(o.text("keyMapper"));
        final KeyValueMapper<Object, Object, Object> mapper = selector::apply;
        final Named name = Common.named(o);
        if (o.has("joinerWithKey")) {
            final ValueJoinerWithKey joiner = Functions.joinerWithKey(o.text("joinerWithKey"));
            final KStream made;
            if (name == null) made = isLeft ? stream.leftJoin(table, mapper, joiner) : stream.join(table, mapper, joiner);
            else made = isLeft ? stream.leftJoin(table, mapper, joiner, name) : stream.join(table, mapper, joiner, name);
            return new Flow("stream", made, from.key(), "string");
        }
        final ValueJoiner joiner = Functions.joiner(o.text("joiner"));
        final KStream made;
        if (name == null) made = isLeft ? stream.leftJoin(table, mapper, joiner) : stream.join(table, mapper, joiner);
        else made = isLeft ? stream.leftJoin(table, mapper, joiner, name) : stream.join(table, mapper, joiner, name);
        return new Flow("stream", made, from.key(), Functions.serdeOfJoined(o.text("joiner"), from.value(), other.value()));
    }

    private GlobalTables() { }
}
