// In the package of the library, for the internal view of a topology: which topics it makes, and how.
package org.apache.kafka.streams;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KGroupedTable;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Printed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.RecordContext;
import org.apache.kafka.streams.processor.TopicNameExtractor;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalTopicConfig;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Builds the topologies of test/golden/topologies.ts with the Java library and prints, as JSON, the text of describe() of each and the
 * internal topics of its sub-topologies.
 */
public final class DescribeTopologies {
    private static final Serde<String> S = Serdes.String();
    private static final Map<String, Topology> TOPOLOGIES = new LinkedHashMap<>();

    public static void main(final String[] args) {
        stateless();
        branches();
        repartitions();
        groupedStreams();
        tables();
        groupedTables();
        toTables();
        processors();
        graphs();
        byHand();
        optimized();
        final List<String> entries = new ArrayList<>();
        TOPOLOGIES.forEach((name, topology) -> entries.add("  " + quote(name) + ": " + report(topology)));
        System.out.println("{\n" + String.join(",\n", entries) + "\n}");
    }

    private static void add(final String name, final Consumer<StreamsBuilder> plan) {
        final StreamsBuilder builder = new StreamsBuilder();
        plan.accept(builder);
        TOPOLOGIES.put(name, builder.build());
    }

    private static void addOptimized(final String name, final String optimization, final Consumer<StreamsBuilder> plan) {
        final StreamsBuilder builder = new StreamsBuilder();
        plan.accept(builder);
        final Properties properties = new Properties();
        properties.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, optimization);
        TOPOLOGIES.put(name, builder.build(properties));
    }

    private static KStream<String, String> in(final StreamsBuilder builder) {
        return builder.stream("in", Consumed.with(S, S));
    }

    private static KTable<String, String> table(final StreamsBuilder builder) {
        return builder.table("rows", Consumed.with(S, S));
    }

    private static Materialized<String, String, KeyValueStore<Bytes, byte[]>> text() {
        return Materialized.with(S, S);
    }

    private static Materialized<String, String, KeyValueStore<Bytes, byte[]>> store(final String name) {
        return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(S);
    }

    private static Materialized<String, Long, KeyValueStore<Bytes, byte[]>> counts(final String name) {
        return Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(S);
    }

    private static void stateless() {
        add("filter", b -> in(b).filter((k, v) -> true).to("out"));
        add("filter, filterNot, named", b -> in(b).filter((k, v) -> true, Named.as("big")).filterNot((k, v) -> true).to("out", Produced.as("sink")));
        add("every stateless operator", b -> {
            final KStream<String, String> s = in(b).mapValues(v -> v).flatMapValues(v -> List.of(v)).peek((k, v) -> { });
            s.map((k, v) -> KeyValue.pair(k, v)).to("mapped", Produced.with(S, S));
            s.flatMap((k, v) -> List.of(KeyValue.pair(k, v))).to("flat", Produced.with(S, S));
            s.selectKey((k, v) -> v).to("selected", Produced.with(S, S));
            s.foreach((k, v) -> { });
            s.print(Printed.toSysOut());
        });
        add("every stateless operator, named", b -> {
            final KStream<String, String> s = b.stream("in", Consumed.with(S, S).withName("source"))
                .mapValues(v -> v, Named.as("a")).flatMapValues(v -> List.of(v), Named.as("b")).peek((k, v) -> { }, Named.as("c"));
            s.map((k, v) -> KeyValue.pair(k, v), Named.as("d")).to("mapped", Produced.with(S, S).withName("e"));
            s.flatMap((k, v) -> List.of(KeyValue.pair(k, v)), Named.as("f")).to("flat", Produced.with(S, S));
            s.selectKey((k, v) -> v, Named.as("g")).to("selected", Produced.with(S, S).withName("h"));
            s.foreach((k, v) -> { }, Named.as("i"));
            s.print(Printed.<String, String>toSysOut().withName("j"));
            s.filter((k, v) -> true).to("last");
        });
        add("several topics in one source", b -> b.stream(List.of("orders", "payments", "audit-log", "x"), Consumed.with(S, S)).to("out"));
        add("pattern source", b -> b.stream(Pattern.compile("orders-.*"), Consumed.with(S, S)).mapValues(v -> v).to("out", Produced.with(S, S)));
        add("topic chosen per record", b -> in(b).to(new Chooser(), Produced.with(S, S)));
        add("merge", b -> in(b).merge(b.stream("other", Consumed.with(S, S))).filter((k, v) -> true).to("out", Produced.with(S, S)));
        add("merge, named", b -> in(b).merge(b.stream("other", Consumed.with(S, S)), Named.as("both")).to("out", Produced.with(S, S)));
    }

    private static final class Chooser implements TopicNameExtractor<String, String> {
        @Override
        public String extract(final String key, final String value, final RecordContext context) {
            return value;
        }

        @Override
        public String toString() {
            return "chooser";
        }
    }

    private static void branches() {
        add("split", b -> {
            final Map<String, KStream<String, String>> m = in(b).split()
                .branch((k, v) -> true, Branched.as("a")).branch((k, v) -> true, Branched.as("b")).noDefaultBranch();
            m.get("KSTREAM-BRANCH-0000000001a").to("a");
            m.get("KSTREAM-BRANCH-0000000001b").to("b");
        });
        add("split with a default, named", b -> {
            final Map<String, KStream<String, String>> m = in(b).split(Named.as("by-kind-"))
                .branch((k, v) -> true, Branched.as("created")).branch((k, v) -> true, Branched.as("cancelled")).defaultBranch(Branched.as("rest"));
            m.get("by-kind-created").merge(m.get("by-kind-cancelled")).to("out", Produced.with(S, S));
            m.get("by-kind-rest").filter((k, v) -> true).print(Printed.<String, String>toSysOut().withLabel("rest"));
        });
    }

    private static void repartitions() {
        add("repartition", b -> in(b).repartition().to("out"));
        add("repartition, named, with partitions", b -> in(b).selectKey((k, v) -> v).repartition(Repartitioned.with(S, S).withName("spread").withNumberOfPartitions(5)).mapValues(v -> v).to("out", Produced.with(S, S)));
        add("repartition with serdes only", b -> in(b).map((k, v) -> KeyValue.pair(v, k)).repartition(Repartitioned.with(S, S)).groupByKey(Grouped.with(S, S)).count());
        add("repartition, name with the suffix", b -> in(b).repartition(Repartitioned.<String, String>as("my-repartition").withKeySerde(S).withValueSerde(S)).to("out"));
        add("two repartitions", b -> {
            in(b).selectKey((k, v) -> v).repartition(Repartitioned.with(S, S).withName("one")).foreach((k, v) -> { });
            b.stream("other", Consumed.with(S, S)).repartition(Repartitioned.with(S, S)).foreach((k, v) -> { });
        });
    }

    private static void groupedStreams() {
        add("groupByKey, count", b -> in(b).groupByKey().count().toStream().to("out"));
        add("groupBy, count", b -> in(b).groupBy((k, v) -> v, Grouped.with(S, S)).count().toStream().to("out"));
        add("groupBy, count with a store", b -> in(b).groupBy((k, v) -> v, Grouped.with(S, S)).count(counts("counts")).toStream().to("out"));
        add("groupBy named, count named", b -> in(b).groupBy((k, v) -> v, Grouped.with("grouped", S, S)).count(Named.as("counter"), counts("counts")).toStream().to("out"));
        add("groupBy named, count without a store", b -> in(b).groupBy((k, v) -> v, Grouped.with("grouped", S, S)).count(Named.as("counter")).toStream().to("out"));
        add("count with an unnamed Materialized", b -> in(b).groupByKey().count(Materialized.with(S, Serdes.Long())).toStream().to("out"));
        add("groupBy, count with an unnamed Materialized", b -> in(b).groupBy((k, v) -> v, Grouped.with(S, S)).count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>with(S, Serdes.Long()).withCachingDisabled()).toStream().to("out"));
        add("reduce", b -> in(b).groupByKey().reduce((x, y) -> y).toStream().to("out"));
        add("reduce after selectKey", b -> in(b).selectKey((k, v) -> v).groupByKey(Grouped.with(S, S)).reduce((x, y) -> y).toStream().to("out"));
        add("reduce with a store, named", b -> in(b).selectKey((k, v) -> v).groupByKey(Grouped.with(S, S)).reduce((x, y) -> y, Named.as("reducer"), store("reduced")).toStream().to("out"));
        add("reduce with an unnamed Materialized", b -> in(b).groupByKey().reduce((x, y) -> y, text()).toStream().to("out"));
        add("aggregate", b -> in(b).groupByKey().aggregate(() -> "", (k, v, a) -> a + v, text()).toStream().to("out"));
        add("aggregate with a store", b -> in(b).flatMap((k, v) -> List.of(KeyValue.pair(k, v))).groupByKey(Grouped.with(S, S)).aggregate(() -> "", (k, v, a) -> a + v, store("aggregated")).toStream().to("out"));
        add("aggregate, named", b -> in(b).map((k, v) -> KeyValue.pair(k, v)).groupByKey(Grouped.with(S, S)).aggregate(() -> "", (k, v, a) -> a + v, Named.as("folder"), text()).toStream().to("out"));
        add("one named grouping, two aggregations", b -> {
            final KGroupedStream<String, String> g = in(b).groupBy((k, v) -> v, Grouped.with("grouped", S, S));
            g.count().toStream().to("counts");
            g.reduce((x, y) -> y).toStream().to("reduced");
        });
        add("one unnamed grouping, two aggregations", b -> {
            final KGroupedStream<String, String> g = in(b).groupBy((k, v) -> v, Grouped.with(S, S));
            g.count().toStream().to("counts");
            g.reduce((x, y) -> y, store("reduced")).toStream().to("reduced");
        });
        add("stores without a changelog, with topic settings", b -> {
            final KGroupedStream<String, String> g = in(b).groupByKey();
            g.count(counts("quiet").withLoggingDisabled());
            g.count(counts("tuned").withLoggingEnabled(Map.of("segment.bytes", "1048576", "min.insync.replicas", "2", "cleanup.policy", "compact,delete")));
            g.count(counts("uncached").withCachingDisabled());
        });
        add("word count", b -> b.stream("text-lines", Consumed.with(Serdes.ByteArray(), S)).flatMapValues(v -> List.of(v.split(" ")))
            .groupBy((k, v) -> v, Grouped.with(S, S)).count(counts("word-counts")).toStream().to("word-counts", Produced.with(S, Serdes.Long())));
    }

    private static void tables() {
        add("table", b -> table(b).toStream().to("out"));
        add("table with a store", b -> b.table("rows", Consumed.with(S, S), store("kept")).toStream().to("out"));
        add("table, named", b -> b.table("rows", Consumed.with(S, S).withName("customers")).toStream(Named.as("changes")).to("out"));
        add("table, named, with an unnamed Materialized", b -> b.table("rows", Consumed.with(S, S).withName("customers"), Materialized.<String, String, KeyValueStore<Bytes, byte[]>>with(S, S).withCachingDisabled()).toStream().to("out"));
        add("table filter, filterNot, mapValues", b -> table(b).filter((k, v) -> true).filterNot((k, v) -> true).mapValues(v -> v).toStream().to("out", Produced.with(S, S)));
        add("table filter, filterNot, mapValues, named", b -> table(b).filter((k, v) -> true, Named.as("a")).filterNot((k, v) -> true, Named.as("b")).mapValues(v -> v, Named.as("c")).toStream().to("out", Produced.with(S, S)));
        add("table filter, filterNot, mapValues, unnamed Materialized", b -> table(b).filter((k, v) -> true, text()).filterNot((k, v) -> true, Named.as("b"), text()).mapValues(v -> v, text()).toStream().to("out"));
        add("table filter, filterNot, mapValues, with stores", b -> table(b).filter((k, v) -> true, store("a")).filterNot((k, v) -> true, Named.as("second"), store("b")).mapValues(v -> v, store("c")).toStream().to("out"));
        add("table to stream under other keys", b -> {
            final KTable<String, String> t = table(b);
            t.toStream((k, v) -> v).to("out", Produced.with(S, S));
            t.toStream((k, v) -> v, Named.as("changes")).to("other", Produced.with(S, S));
        });
    }

    private static void groupedTables() {
        final KeyValue<String, String> pair = KeyValue.pair("k", "v");
        add("table groupBy, count", b -> table(b).groupBy((k, v) -> pair, Grouped.with(S, S)).count().toStream().to("out"));
        add("table groupBy, reduce", b -> table(b).groupBy((k, v) -> pair, Grouped.with(S, S)).reduce((x, y) -> y, (x, y) -> x).toStream().to("out"));
        add("table groupBy, aggregate", b -> table(b).groupBy((k, v) -> pair, Grouped.with(S, S)).aggregate(() -> "", (k, v, a) -> v, (k, v, a) -> v, text()).toStream().to("out"));
        add("table groupBy, all named", b -> table(b).groupBy((k, v) -> pair, Grouped.with("regrouped", S, S)).count(Named.as("counter"), counts("counts")).toStream().to("out"));
        add("table groupBy, reduce named, without a store", b -> table(b).groupBy((k, v) -> pair, Grouped.with(S, S)).reduce((x, y) -> y, (x, y) -> x, Named.as("reducer"), text()).toStream().to("out"));
        add("table with a store, filter, groupBy, aggregate with a store", b -> b.table("rows", Consumed.with(S, S), store("kept")).filter((k, v) -> true).groupBy((k, v) -> pair, Grouped.with(S, S)).aggregate(() -> "", (k, v, a) -> v, (k, v, a) -> v, store("aggregated")).filter((k, v) -> true, store("filtered")).toStream().to("out"));
        add("one named table grouping, two aggregations", b -> {
            final KGroupedTable<String, String> g = table(b).groupBy((k, v) -> pair, Grouped.with("regrouped", S, S));
            g.count().toStream().to("counts");
            g.reduce((x, y) -> y, (x, y) -> x).toStream().to("reduced");
        });
        add("one unnamed table grouping, two aggregations", b -> {
            final KGroupedTable<String, String> g = table(b).groupBy((k, v) -> pair, Grouped.with(S, S));
            g.count().toStream().to("counts");
            g.count(counts("again")).toStream().to("again");
        });
        add("count of counts", b -> in(b).groupByKey().count().groupBy((k, v) -> KeyValue.pair(k, v), Grouped.with(S, Serdes.Long())).count().mapValues(v -> v, Materialized.with(S, Serdes.Long())).toStream().to("out"));
    }

    private static void toTables() {
        add("toTable", b -> in(b).toTable().toStream().to("out"));
        add("toTable with a store", b -> in(b).toTable(store("kept")).toStream().to("out"));
        add("toTable, named", b -> in(b).toTable(Named.as("latest")).filter((k, v) -> true).toStream().to("out"));
        add("toTable after selectKey", b -> in(b).selectKey((k, v) -> v).toTable(text()).toStream().to("out"));
        add("toTable after selectKey, named, with a store", b -> in(b).selectKey((k, v) -> v).toTable(Named.as("latest"), store("kept")).mapValues(v -> v).toStream().to("out", Produced.with(S, S)));
        add("toTable, then groupBy", b -> in(b).toTable().groupBy((k, v) -> KeyValue.pair(v, k), Grouped.with(S, S)).count().toStream().to("out"));
    }

    private static StoreBuilder<KeyValueStore<String, String>> own(final String name) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), S, S);
    }

    private static ProcessorSupplier<String, String, String, String> supplier(final StoreBuilder<?>... stores) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, String, String, String> get() {
                return new ContextualProcessor<>() {
                    @Override
                    public void process(final Record<String, String> record) {
                        context().forward(record);
                    }
                };
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(stores);
            }
        };
    }

    private static FixedKeyProcessorSupplier<String, String, String> fixed(final StoreBuilder<?>... stores) {
        return new FixedKeyProcessorSupplier<>() {
            @Override
            public FixedKeyProcessor<String, String, String> get() {
                return new ContextualFixedKeyProcessor<>() {
                    @Override
                    public void process(final FixedKeyRecord<String, String> record) {
                        context().forward(record);
                    }
                };
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(stores);
            }
        };
    }

    private static void processors() {
        add("process, processValues", b -> {
            in(b).process(supplier()).to("processed", Produced.with(S, S));
            in(b).processValues(fixed()).filter((k, v) -> true).to("values", Produced.with(S, S));
        });
        add("process, processValues, named", b -> {
            in(b).process(supplier(), Named.as("first")).filter((k, v) -> true).to("processed", Produced.with(S, S));
            in(b).processValues(fixed(), Named.as("second")).filter((k, v) -> true).to("values", Produced.with(S, S));
        });
        add("process with stores, then groupByKey", b -> in(b).process(supplier(own("stock"), own("totals"), own("seen"))).groupByKey(Grouped.with(S, S)).count().toStream().to("out"));
        // Connected by name: a builder that two suppliers give in stores() is not shared in 4.3.1. The second one replaces the first, whose
        // processor is forgotten, and the two stay in sub-topologies of their own that write one changelog.
        add("two processors share a store", b -> {
            b.addStateStore(own("stock"));
            in(b).process(supplier(), "stock").to("first", Produced.with(S, S));
            b.stream("other", Consumed.with(S, S)).processValues(fixed(), "stock").to("second", Produced.with(S, S));
        });
        add("a processor reads the store of a table", b -> {
            b.table("rows", Consumed.with(S, S), store("kept"));
            in(b).process(supplier(), "kept").to("out", Produced.with(S, S));
        });
        add("a processor reads the store of an aggregation", b -> {
            in(b).groupByKey().count(counts("counts"));
            b.stream("other", Consumed.with(S, S)).processValues(fixed(), Named.as("reader"), "counts").to("out", Produced.with(S, S));
        });
        add("addStateStore before and without use", b -> {
            final StoreBuilder<?> used = own("used");
            b.addStateStore(used);
            b.addStateStore(own("unused"));
            in(b).process(supplier(used)).to("out", Produced.with(S, S));
        });
    }

    private static void graphs() {
        add("two streams of one topic share the source", b -> {
            in(b).filter((k, v) -> true).to("first");
            in(b).mapValues(v -> v).to("second", Produced.with(S, S));
            b.stream(List.of("a", "b"), Consumed.with(S, S)).to("third");
            b.stream(List.of("b", "a"), Consumed.with(S, S)).to("fourth");
        });
        add("two streams of one pattern share the source", b -> {
            b.stream(Pattern.compile("t-[0-9]+"), Consumed.with(S, S)).to("first");
            b.stream(Pattern.compile("t-[0-9]+"), Consumed.with(S, S)).filter((k, v) -> true).to("second");
        });
        add("wide fan-out", b -> {
            final KStream<String, String> s = in(b);
            s.to("direct");
            s.filter((k, v) -> true).to("one");
            s.filter((k, v) -> true).mapValues(v -> v).filter((k, v) -> true).to("three", Produced.with(S, S));
            s.peek((k, v) -> { }).mapValues(v -> v).to("two", Produced.with(S, S));
            s.foreach((k, v) -> { });
            for (int i = 0; i < 12; i++) s.mapValues(v -> v).filter((k, v) -> true).to("many-" + i, Produced.with(S, S));
        });
        add("diamond", b -> {
            final KStream<String, String> s = in(b);
            final KStream<String, String> left = s.filter((k, v) -> true).peek((k, v) -> { });
            final KStream<String, String> right = s.filterNot((k, v) -> true);
            final KStream<String, String> all = left.merge(right).merge(s);
            all.to("out", Produced.with(S, S));
            all.merge(left).filter((k, v) -> true, Named.as("last")).to("other", Produced.with(S, S));
        });
        add("chain of aggregations", b -> {
            KStream<String, String> s = in(b);
            for (int i = 0; i < 4; i++) s = s.selectKey((k, v) -> v).groupByKey(Grouped.with(S, S)).reduce((x, y) -> y, i % 2 == 0 ? store("level-" + i) : text()).toStream();
            s.to("out");
        });
        add("long chain of forty nodes", b -> {
            KStream<String, String> s = in(b);
            for (int i = 0; i < 40; i++) {
                s = i % 3 == 0 ? s.filter((k, v) -> true) : i % 3 == 1 ? s.peek((k, v) -> { }, Named.as("peek-" + i)) : s.filterNot((k, v) -> true);
                if (i % 10 == 5) s.to("side-" + i);
            }
            s.to("out");
        });
        add("zoo", b -> {
            b.addStateStore(own("stock"));
            b.stream("animals", Consumed.with(S, S)).filter((k, v) -> true).selectKey((k, v) -> v)
                .repartition(Repartitioned.with(S, S).withName("animals-by-zoo").withNumberOfPartitions(12)).process(supplier(), "stock");
            final Map<String, KStream<String, String>> m = b.stream("parcels", Consumed.with(S, S)).selectKey((k, v) -> v)
                .repartition(Repartitioned.with(S, S).withName("parcels-by-zoo").withNumberOfPartitions(12)).process(supplier(), "stock")
                .split(Named.as("outcome-")).branch((k, v) -> true, Branched.as("fed")).branch((k, v) -> true, Branched.as("rejected")).noDefaultBranch();
            m.get("outcome-fed").mapValues(v -> v).to("feedings", Produced.with(S, S));
            m.get("outcome-rejected").mapValues(v -> v).to("thrown-away", Produced.with(S, S));
        });
    }

    private static void byHand() {
        final Topology counts = new Topology();
        counts.addSource("source", S.deserializer(), S.deserializer(), "lines");
        counts.addProcessor("count", supplier(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("counts"), S, S).withLoggingEnabled(Map.of("segment.bytes", "1048576"))), "source");
        counts.addSink("sink", "counts", S.serializer(), S.serializer(), "count");
        TOPOLOGIES.put("by hand: word count", counts);

        final Topology several = new Topology();
        several.addSource("left", S.deserializer(), S.deserializer(), "l1", "l2");
        several.addSource("right", S.deserializer(), S.deserializer(), "r");
        several.addSource("alone", S.deserializer(), S.deserializer(), Pattern.compile("alone-.+"));
        several.addProcessor("p1", supplier(), "left");
        several.addProcessor("p2", supplier(), "right");
        several.addProcessor("p3", supplier(), "p1", "p2", "left");
        several.addProcessor("p4", supplier(), "alone");
        several.addSink("s1", "out", S.serializer(), S.serializer(), "p3", "p1");
        several.addSink("s2", new Chooser(), S.serializer(), S.serializer(), "p4");
        TOPOLOGIES.put("by hand: several sub-topologies", several);

        final Topology united = new Topology();
        united.addSource("a", S.deserializer(), S.deserializer(), "ta");
        united.addProcessor("pa", supplier(), "a");
        united.addSource("b", S.deserializer(), S.deserializer(), "tb");
        united.addProcessor("pb", supplier(), "b");
        united.addSource("c", S.deserializer(), S.deserializer(), "tc");
        united.addProcessor("pc", supplier(), "c");
        united.addStateStore(own("shared"), "pa", "pc");
        united.addStateStore(own("late"));
        united.connectProcessorAndStateStores("pc", "late");
        TOPOLOGIES.put("by hand: a store unites sub-topologies", united);
    }

    private static void optimized() {
        addOptimized("optimized: source topic as changelog", "reuse.ktable.source.topics", b -> {
            b.table("rows", Consumed.with(S, S), store("kept")).toStream().to("out");
            b.table("others", Consumed.with(S, S)).groupBy((k, v) -> KeyValue.pair(k, v), Grouped.with(S, S)).count();
            b.table("plain", Consumed.with(S, S)).toStream().to("copy");
        });
        addOptimized("optimized: one repartition topic for two counts", "merge.repartition.topics", b -> {
            final KStream<String, String> s = in(b).selectKey((k, v) -> v);
            s.groupByKey(Grouped.with(S, S)).count().toStream().to("first");
            s.groupByKey(Grouped.with(S, S)).reduce((x, y) -> y, store("reduced")).toStream().to("second");
            s.filter((k, v) -> true).peek((k, v) -> { }).groupByKey(Grouped.with("named", S, S)).count().toStream().to("third");
            s.to("keyed", Produced.with(S, S));
        });
        addOptimized("optimized: values change before the repartition", "all", b -> {
            final KStream<String, String> s = in(b).selectKey((k, v) -> v);
            s.mapValues(v -> v).groupByKey(Grouped.with(S, S)).count(counts("a")).toStream().to("first");
            s.filter((k, v) -> true).groupByKey(Grouped.with(S, S)).count(counts("b")).toStream().to("second");
        });
        addOptimized("optimized: behind a merge", "all", b -> {
            final KStream<String, String> left = in(b).selectKey((k, v) -> v);
            final KStream<String, String> right = b.stream("other", Consumed.with(S, S)).map((k, v) -> KeyValue.pair(v, k));
            final KStream<String, String> both = left.merge(right);
            both.groupByKey(Grouped.with(S, S)).count(counts("a")).toStream().to("first");
            both.filter((k, v) -> true).groupByKey(Grouped.with(S, S)).count(counts("b")).toStream().to("second");
        });
        addOptimized("optimized: groupBy and toTable", "all", b -> {
            final KStream<String, String> s = in(b).map((k, v) -> KeyValue.pair(v, k), Named.as("swap"));
            s.groupByKey(Grouped.with(S, S)).count().toStream().to("first");
            s.toTable(Named.as("latest"), text()).toStream().to("second");
        });
    }

    private static String report(final Topology topology) {
        final InternalTopologyBuilder internal = topology.internalTopologyBuilder;
        final String text = topology.describe().toString();
        final Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:9092");
        internal.rewriteTopology(new StreamsConfig(properties));
        internal.buildTopology();
        final List<String> parts = new ArrayList<>();
        internal.subtopologyToTopicsInfo().forEach((subtopology, topics) -> {
            final Map<String, String> fields = new LinkedHashMap<>();
            fields.put("id", idOf(subtopology));
            fields.put("sources", list(topics.sourceTopics));
            fields.put("sinks", list(topics.sinkTopics));
            fields.put("repartitions", internalTopics(topics.repartitionSourceTopics));
            fields.put("changelogs", internalTopics(topics.stateChangelogTopics));
            parts.add("      " + object(fields));
        });
        return "{\n    \"describe\": " + quote(text) + ",\n    \"subtopologies\": [\n" + String.join(",\n", parts) + "\n    ]\n  }";
    }

    /** The id has no accessor. */
    private static String idOf(final Object subtopology) {
        try {
            final Field field = subtopology.getClass().getDeclaredField("nodeGroupId");
            field.setAccessible(true);
            return String.valueOf(field.get(subtopology));
        } catch (final ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String internalTopics(final Map<String, InternalTopicConfig> topics) {
        final Map<String, String> fields = new LinkedHashMap<>();
        new TreeMap<>(topics).forEach((name, config) -> {
            final Map<String, String> settings = new LinkedHashMap<>();
            new TreeMap<>(config.properties(Map.of(), 86400000L)).forEach((key, value) -> settings.put(key, quote(value)));
            final Map<String, String> topic = new LinkedHashMap<>();
            topic.put("partitions", config.numberOfPartitions().map(String::valueOf).orElse("null"));
            topic.put("configs", object(settings));
            fields.put(name, object(topic));
        });
        return object(fields);
    }

    private static String list(final Set<String> names) {
        final List<String> quoted = new ArrayList<>();
        new TreeSet<>(names).forEach(name -> quoted.add(quote(name)));
        return "[" + String.join(", ", quoted) + "]";
    }

    private static String object(final Map<String, String> fields) {
        final List<String> entries = new ArrayList<>();
        fields.forEach((key, value) -> entries.add(quote(key) + ": " + value));
        return entries.isEmpty() ? "{}" : "{ " + String.join(", ", entries) + " }";
    }

    private static String quote(final String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    private DescribeTopologies() { }
}
