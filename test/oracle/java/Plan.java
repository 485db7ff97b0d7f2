package oracle;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.BranchedKStream;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KGroupedTable;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Builds the topology of a scenario with the DSL; test/oracle/plan.ts is its twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Plan {
    /** A stream, table or grouping with the serdes of its keys and values. */
    private record Flow(Object node, String key, String value) { }

    private final StreamsBuilder builder;
    private final Map<String, Flow> flows = new HashMap<>();
    private final Map<String, StoreBuilder<?>> stores = new HashMap<>();
    /** Stores that a processor has brought with it. */
    private final Set<String> given = new HashSet<>();
    /** Stores whose rows are printed with timestamps. */
    final Set<String> timestamped = new LinkedHashSet<>();

    Plan(final StreamsBuilder builder) {
        this.builder = builder;
    }

    void add(final Options o) {
        final String op = o.text("op");
        final String id = o.text("id", "");
        if (flows.containsKey(id)) throw new ScenarioException("id \"" + id + "\" is there twice");
        switch (op) {
            case "stream" -> flows.put(id, source(o));
            case "table" -> flows.put(id, table(o));
            case "store" -> stores.put(id, store(id, o));
            default -> operator(op, id, o, flow(o.text("from")));
        }
        o.done();
    }

    private void operator(final String op, final String id, final Options o, final Flow from) {
        if (from.node instanceof KStream stream) onStream(op, id, o, stream, from);
        else if (from.node instanceof KTable table) flows.put(id, onTable(op, o, table, from));
        else if (from.node instanceof KGroupedStream grouped) flows.put(id, onGroupedStream(op, o, grouped, from));
        else if (from.node instanceof KGroupedTable grouped) flows.put(id, onGroupedTable(op, o, grouped, from));
    }

    private Flow flow(final String id) {
        final Flow found = flows.get(id);
        if (found == null) throw new ScenarioException("no operator has the id \"" + id + "\"");
        return found;
    }

    private Consumed<Object, Object> consumed(final Options o, final String key, final String value) {
        Consumed<Object, Object> consumed = Consumed.with(Functions.serde(key), Functions.serde(value));
        if (o.has("name")) consumed = consumed.withName(o.text("name"));
        if (o.has("extractor")) consumed = consumed.withTimestampExtractor(Functions.extractor(o.text("extractor")));
        if (o.has("offsetReset")) {
            consumed = consumed.withOffsetResetPolicy(switch (o.text("offsetReset")) {
                case "earliest" -> AutoOffsetReset.earliest();
                case "latest" -> AutoOffsetReset.latest();
                default -> throw new ScenarioException("offset reset is not known");
            });
        }
        return consumed;
    }

    private Flow source(final Options o) {
        final String key = o.text("key", "string");
        final String value = o.text("value", "string");
        final Consumed<Object, Object> consumed = consumed(o, key, value);
        return new Flow(o.has("topic") ? builder.stream(o.text("topic"), consumed) : builder.stream(o.texts("topics"), consumed), key, value);
    }

    private Flow table(final Options o) {
        final String key = o.text("key", "string");
        final String value = o.text("value", "string");
        final Consumed<Object, Object> consumed = consumed(o, key, value);
        final Materialized store = materialized(o, false);
        return new Flow(store == null ? builder.table(o.text("topic"), consumed) : builder.table(o.text("topic"), consumed, store), key, value);
    }

    private StoreBuilder<?> store(final String name, final Options o) {
        final Serde<Object> key = Functions.serde(o.text("key", "string"));
        final Serde<Object> value = Functions.serde(o.text("value", "string"));
        final boolean persistent = o.text("supplier", "in-memory").equals("persistent");
        final String kind = o.text("kind", "key-value");
        StoreBuilder<?> built;
        if (kind.equals("key-value")) {
            built = Stores.keyValueStoreBuilder(persistent ? Stores.persistentKeyValueStore(name) : Stores.inMemoryKeyValueStore(name), key, value);
        } else if (kind.equals("timestamped")) {
            built = Stores.timestampedKeyValueStoreBuilder(persistent ? Stores.persistentTimestampedKeyValueStore(name) : Stores.inMemoryKeyValueStore(name), key, value);
            timestamped.add(name);
        } else {
            throw new ScenarioException("kind of store \"" + kind + "\" is not known");
        }
        if (Boolean.TRUE.equals(o.flagOrNull("caching"))) built = built.withCachingEnabled();
        if (Boolean.FALSE.equals(o.flagOrNull("logging"))) built = built.withLoggingDisabled();
        return built;
    }

    /** The options of Materialized, {@code null} where there are none. {@code serdes}: key and value are among them. */
    private Materialized materialized(final Options o, final boolean serdes) {
        final String name = o.textOrNull("store");
        final String key = serdes ? o.textOrNull("key") : null;
        final String value = serdes ? o.textOrNull("value") : null;
        final Boolean caching = o.flagOrNull("caching");
        final Boolean logging = o.flagOrNull("logging");
        final String supplier = o.textOrNull("supplier");
        if (name == null && key == null && value == null && caching == null && logging == null && supplier == null) return null;
        Materialized built = name == null ? Materialized.with(null, null) : Materialized.as(name);
        if (key != null) built = built.withKeySerde(Functions.serde(key));
        if (value != null) built = built.withValueSerde(Functions.serde(value));
        if (caching != null) built = caching ? built.withCachingEnabled() : built.withCachingDisabled();
        if (logging != null) built = logging ? built.withLoggingEnabled(new HashMap<>()) : built.withLoggingDisabled();
        if (supplier != null) built = built.withStoreType(supplier.equals("persistent") ? BuiltInDslStoreSuppliers.ROCKS_DB : BuiltInDslStoreSuppliers.IN_MEMORY);
        return built;
    }

    private static Named named(final Options o) {
        return o.has("name") ? Named.as(o.text("name")) : null;
    }

    private static Grouped<Object, Object> grouped(final Options o, final String key, final String value) {
        final Grouped<Object, Object> grouped = Grouped.with(Functions.serde(key), Functions.serde(value));
        return o.has("name") ? grouped.withName(o.text("name")) : grouped;
    }

    private void onStream(final String op, final String id, final Options o, final KStream<Object, Object> s, final Flow from) {
        switch (op) {
            case "foreach" -> {
                if (named(o) == null) s.foreach((k, v) -> { });
                else s.foreach((k, v) -> { }, named(o));
            }
            case "to" -> to(o, s, from);
            case "split" -> split(id, o, s, from);
            case "process", "processValues" -> flows.put(id, process(op, o, s, from));
            case "toTable" -> flows.put(id, toTable(o, s, from));
            case "groupByKey" -> flows.put(id, new Flow(s.groupByKey(grouped(o, from.key, from.value)), from.key, from.value));
            case "groupBy" -> {
                final String mapper = o.text("keyMapper");
                final String key = Functions.serdeOf(mapper, from.key, from.value);
                flows.put(id, new Flow(s.groupBy(Functions.mapper(mapper)::apply, grouped(o, key, from.value)), key, from.value));
            }
            case "repartition" -> {
                Repartitioned<Object, Object> r = Repartitioned.with(Functions.serde(from.key), Functions.serde(from.value));
                if (o.has("name")) r = r.withName(o.text("name"));
                if (o.has("partitions")) r = r.withNumberOfPartitions(o.numberOrNull("partitions").intValue());
                if (o.has("partitioner")) r = r.withStreamPartitioner(Functions.partitioner(o.text("partitioner")));
                flows.put(id, new Flow(s.repartition(r), from.key, from.value));
            }
            case "merge" -> {
                final Flow with = flow(o.text("with"));
                final KStream<Object, Object> other = (KStream<Object, Object>) with.node;
                flows.put(id, new Flow(named(o) == null ? s.merge(other) : s.merge(other, named(o)), from.key, from.value));
            }
            default -> flows.put(id, stateless(op, o, s, from));
        }
    }

    private Flow stateless(final String op, final Options o, final KStream<Object, Object> s, final Flow from) {
        final Named n = named(o);
        switch (op) {
            case "filter": {
                final var p = Functions.predicate(o.text("predicate"));
                return new Flow(n == null ? s.filter(p) : s.filter(p, n), from.key, from.value);
            }
            case "filterNot": {
                final var p = Functions.predicate(o.text("predicate"));
                return new Flow(n == null ? s.filterNot(p) : s.filterNot(p, n), from.key, from.value);
            }
            case "peek":
                return new Flow(n == null ? s.peek((k, v) -> { }) : s.peek((k, v) -> { }, n), from.key, from.value);
            case "map": {
                final var k = Functions.mapper(o.text("keyMapper"));
                final var v = Functions.mapper(o.text("valueMapper"));
                final Object next = n == null ? s.map((x, y) -> KeyValue.pair(k.apply(x, y), v.apply(x, y))) : s.map((x, y) -> KeyValue.pair(k.apply(x, y), v.apply(x, y)), n);
                return new Flow(next, Functions.serdeOf(o.text("keyMapper"), from.key, from.value), Functions.serdeOf(o.text("valueMapper"), from.key, from.value));
            }
            case "mapValues": {
                final var v = Functions.mapper(o.text("valueMapper"));
                return new Flow(n == null ? s.mapValues((x, y) -> v.apply(x, y)) : s.mapValues((x, y) -> v.apply(x, y), n), from.key, Functions.serdeOf(o.text("valueMapper"), from.key, from.value));
            }
            case "selectKey": {
                final var k = Functions.mapper(o.text("keyMapper"));
                return new Flow(n == null ? s.selectKey((x, y) -> k.apply(x, y)) : s.selectKey((x, y) -> k.apply(x, y), n), Functions.serdeOf(o.text("keyMapper"), from.key, from.value), from.value);
            }
            case "flatMap": {
                final var k = Functions.mapper(o.text("keyMapper"));
                final String list = o.text("list");
                Functions.list(list, "");
                final org.apache.kafka.streams.kstream.KeyValueMapper<Object, Object, Iterable<KeyValue<Object, Object>>> f =
                    (x, y) -> Functions.list(list, y).stream().map(item -> KeyValue.pair(k.apply(x, item), item)).toList();
                return new Flow(n == null ? s.flatMap(f) : s.flatMap(f, n), Functions.serdeOf(o.text("keyMapper"), from.key, "string"), "string");
            }
            case "flatMapValues": {
                final String list = o.text("list");
                Functions.list(list, "");
                return new Flow(n == null ? s.flatMapValues((x, y) -> Functions.list(list, y)) : s.flatMapValues((x, y) -> Functions.list(list, y), n), from.key, "string");
            }
            default:
                throw new ScenarioException("operator \"" + op + "\" is not known on a stream");
        }
    }

    private void to(final Options o, final KStream<Object, Object> s, final Flow from) {
        Produced<Object, Object> produced = Produced.with(Functions.serde(from.key), Functions.serde(from.value));
        if (o.has("name")) produced = produced.withName(o.text("name"));
        if (o.has("partitioner")) produced = produced.withStreamPartitioner(Functions.partitioner(o.text("partitioner")));
        if (o.has("topic")) s.to(o.text("topic"), produced);
        else s.to(Functions.topicChoice(o.text("topicChoice")), produced);
    }

    private void split(final String id, final Options o, final KStream<Object, Object> s, final Flow from) {
        BranchedKStream<Object, Object> split = named(o) == null ? s.split() : s.split(named(o));
        final Map<String, KStream<Object, Object>> found = new LinkedHashMap<>();
        for (final Options branch : o.objects("branches")) {
            final String name = branch.text("name");
            split = split.branch(Functions.predicate(branch.text("predicate")), Branched.<Object, Object>as(name).withConsumer(x -> found.put(name, x), name));
            branch.done();
        }
        if (o.has("default")) {
            final String name = o.text("default");
            split.defaultBranch(Branched.<Object, Object>as(name).withConsumer(x -> found.put(name, x), name));
        } else {
            split.noDefaultBranch();
        }
        found.forEach((name, stream) -> flows.put(id + "." + name, new Flow(stream, from.key, from.value)));
    }

    private Flow process(final String op, final Options o, final KStream<Object, Object> s, final Flow from) {
        final String processor = o.text("processor");
        final Set<StoreBuilder<?>> owned = new LinkedHashSet<>();
        final List<String> names = new java.util.ArrayList<>();
        final List<String> connected = new java.util.ArrayList<>();
        for (final String id : o.texts("stores")) {
            if (stores.containsKey(id)) {
                // What the library gets twice from processors it takes for two stores, in two sub-topologies.
                if (given.add(id)) owned.add(stores.get(id));
                else connected.add(id);
                names.add(id);
            } else {
                final String name = ((KTable<?, ?>) flow(id).node).queryableStoreName();
                if (name == null) throw new ScenarioException("the store of table \"" + id + "\" has no name");
                names.add(name);
                connected.add(name);
            }
        }
        final String[] others = connected.toArray(String[]::new);
        final Named n = named(o);
        if (op.equals("process")) {
            final ProcessorSupplier<Object, Object, Object, Object> supplier = Processors.supplier(processor, names, owned);
            return new Flow(n == null ? s.process(supplier, others) : s.process(supplier, n, others), from.key, o.text("value", "string"));
        }
        final FixedKeyProcessorSupplier<Object, Object, Object> supplier = Processors.fixedSupplier(processor, names, owned);
        return new Flow(n == null ? s.processValues(supplier, others) : s.processValues(supplier, n, others), from.key, o.text("value", "string"));
    }

    private Flow toTable(final Options o, final KStream<Object, Object> s, final Flow from) {
        final Named n = named(o);
        final Materialized m = materialized(o, true);
        final Object table;
        if (m == null) table = n == null ? s.toTable() : s.toTable(n);
        else table = n == null ? s.toTable(m) : s.toTable(n, m);
        return new Flow(table, from.key, from.value);
    }

    private Flow onTable(final String op, final Options o, final KTable<Object, Object> t, final Flow from) {
        final Named n = named(o);
        switch (op) {
            case "filter", "filterNot": {
                final var p = Functions.predicate(o.text("predicate"));
                final Materialized m = materialized(o, true);
                final Object next;
                if (op.equals("filter")) next = m == null ? (n == null ? t.filter(p) : t.filter(p, n)) : n == null ? t.filter(p, m) : t.filter(p, n, m);
                else next = m == null ? (n == null ? t.filterNot(p) : t.filterNot(p, n)) : n == null ? t.filterNot(p, m) : t.filterNot(p, n, m);
                return new Flow(next, from.key, from.value);
            }
            case "mapValues": {
                final var f = Functions.mapper(o.text("valueMapper"));
                final org.apache.kafka.streams.kstream.ValueMapperWithKey<Object, Object, Object> mapper = f::apply;
                final Materialized m = materialized(o, true);
                final Object next = m == null ? (n == null ? t.mapValues(mapper) : t.mapValues(mapper, n)) : n == null ? t.mapValues(mapper, m) : t.mapValues(mapper, n, m);
                return new Flow(next, from.key, Functions.serdeOf(o.text("valueMapper"), from.key, from.value));
            }
            case "toStream": {
                if (!o.has("keyMapper")) return new Flow(n == null ? t.toStream() : t.toStream(n), from.key, from.value);
                final var k = Functions.mapper(o.text("keyMapper"));
                return new Flow(n == null ? t.toStream((x, y) -> k.apply(x, y)) : t.toStream((x, y) -> k.apply(x, y), n), Functions.serdeOf(o.text("keyMapper"), from.key, from.value), from.value);
            }
            case "groupBy": {
                final var k = Functions.mapper(o.text("keyMapper"));
                final var v = Functions.mapper(o.text("valueMapper"));
                final String key = Functions.serdeOf(o.text("keyMapper"), from.key, from.value);
                final String value = Functions.serdeOf(o.text("valueMapper"), from.key, from.value);
                return new Flow(t.groupBy((x, y) -> KeyValue.pair(k.apply(x, y), v.apply(x, y)), grouped(o, key, value)), key, value);
            }
            default:
                throw new ScenarioException("operator \"" + op + "\" is not known on a table");
        }
    }

    private Flow onGroupedStream(final String op, final Options o, final KGroupedStream<Object, Object> g, final Flow from) {
        final Named n = named(o);
        switch (op) {
            case "count": {
                final Materialized m = materialized(o, true);
                if (m == null) return new Flow(n == null ? g.count() : g.count(n), from.key, "int64");
                return new Flow(n == null ? g.count(m) : g.count(n, m), from.key, "int64");
            }
            case "reduce": {
                final var r = Functions.reducer(o.text("reducer"));
                final Materialized m = materialized(o, true);
                if (m == null) {
                    if (n != null) throw new ScenarioException("reduce with a name needs an option of the store");
                    return new Flow(g.reduce(r), from.key, from.value);
                }
                return new Flow(n == null ? g.reduce(r, m) : g.reduce(r, n, m), from.key, from.value);
            }
            case "aggregate": {
                final var i = Functions.initializer(o.text("initializer"));
                final var a = Functions.aggregator(o.text("aggregator"));
                final String value = o.text("value");
                final Materialized m = materialized(o, true);
                return new Flow(n == null ? g.aggregate(i, a, m) : g.aggregate(i, a, n, m), from.key, value);
            }
            default:
                throw new ScenarioException("operator \"" + op + "\" is not known on a grouped stream");
        }
    }

    private Flow onGroupedTable(final String op, final Options o, final KGroupedTable<Object, Object> g, final Flow from) {
        final Named n = named(o);
        switch (op) {
            case "count": {
                final Materialized m = materialized(o, true);
                if (m == null) return new Flow(n == null ? g.count() : g.count(n), from.key, "int64");
                return new Flow(n == null ? g.count(m) : g.count(n, m), from.key, "int64");
            }
            case "reduce": {
                final var adder = Functions.reducer(o.text("adder"));
                final var subtractor = Functions.reducer(o.text("subtractor"));
                final Materialized m = materialized(o, true);
                if (m == null) {
                    if (n != null) throw new ScenarioException("reduce with a name needs an option of the store");
                    return new Flow(g.reduce(adder, subtractor), from.key, from.value);
                }
                return new Flow(n == null ? g.reduce(adder, subtractor, m) : g.reduce(adder, subtractor, n, m), from.key, from.value);
            }
            case "aggregate": {
                final var i = Functions.initializer(o.text("initializer"));
                final var adder = Functions.aggregator(o.text("adder"));
                final var subtractor = Functions.aggregator(o.text("subtractor"));
                final String value = o.text("value");
                final Materialized m = materialized(o, true);
                return new Flow(n == null ? g.aggregate(i, adder, subtractor, m) : g.aggregate(i, adder, subtractor, n, m), from.key, value);
            }
            default:
                throw new ScenarioException("operator \"" + op + "\" is not known on a grouped table");
        }
    }
}
