import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Branched;
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
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import java.util.Set;

/**
 * Runs the topologies of test/golden/runs.ts in the test driver of the Java library, with the records of the file that is its argument,
 * and prints, as JSON, every record that each wrote to any topic: key and value in hex, and the timestamp.
 */
public final class RunTopologies {
    private static final Serde<String> S = Serdes.String();
    private static final Serde<Long> L = Serdes.Long();
    private static final Map<String, Consumer<StreamsBuilder>> PLANS = new LinkedHashMap<>();

    public static void main(final String[] args) throws Exception {
        streams();
        aggregations();
        tables();
        groupedTables();
        processors();
        final List<String> lines = Files.readAllLines(Path.of(args[0]));
        final List<String> runs = new ArrayList<>();
        for (final Map.Entry<String, Consumer<StreamsBuilder>> plan : PLANS.entrySet()) {
            runs.add("  \"" + plan.getKey() + "\": " + run(plan.getValue(), lines));
        }
        System.out.println("{\n" + String.join(",\n", runs) + "\n}");
    }

    private static KStream<String, String> in(final StreamsBuilder b) {
        return b.stream("in", Consumed.with(S, S));
    }

    private static KTable<String, String> rows(final StreamsBuilder b) {
        return b.table("rows", Consumed.with(S, S));
    }

    private static <V> Materialized<String, V, KeyValueStore<Bytes, byte[]>> store(final String name, final Serde<V> value) {
        return Materialized.<String, V, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(value);
    }

    private static String tail(final String text) {
        return text.length() > 12 ? text.substring(text.length() - 12) : text;
    }

    private static String fold(final String key, final String value, final String aggregate) {
        return value.equals("e") ? null : tail(aggregate + key + value);
    }

    private static void streams() {
        PLANS.put("stateless chain", b -> in(b).filter((k, v) -> v != null && k != null).filterNot((k, v) -> v.equals("a"))
            .mapValues((k, v) -> k + v).flatMapValues(v -> Arrays.asList(v.split(""))).map((k, v) -> KeyValue.pair(v, k))
            .flatMap((k, v) -> List.of(KeyValue.pair(k, v), KeyValue.pair(v, k))).selectKey((k, v) -> k + v).peek((k, v) -> { })
            .to("out", Produced.with(S, S)));
        PLANS.put("null keys and values pass", b -> in(b).filter((k, v) -> true).mapValues(v -> v == null ? "none" : v).to("out", Produced.with(S, S)));
        PLANS.put("branches and merge", b -> {
            final Map<String, KStream<String, String>> m = in(b).split(Named.as("x-")).branch((k, v) -> v == null, Branched.as("a"))
                .branch((k, v) -> v.compareTo("c") < 0, Branched.as("b")).defaultBranch(Branched.as("c"));
            m.get("x-a").merge(m.get("x-c")).to("out", Produced.with(S, S));
            m.get("x-b").to((k, v, context) -> "out-" + v, Produced.with(S, S));
        });
        PLANS.put("repartition drops records without key", b -> in(b).selectKey((k, v) -> v).repartition(Repartitioned.with(S, S).withName("again")).to("out"));
    }

    private static void aggregations() {
        PLANS.put("count", b -> in(b).groupByKey().count().toStream().to("out", Produced.with(S, L)));
        PLANS.put("count by value, uncached", b -> in(b).groupBy((k, v) -> v, Grouped.with(S, S)).count(store("counts", L).withCachingDisabled()).toStream().to("out", Produced.with(S, L)));
        PLANS.put("reduce", b -> in(b).groupByKey().reduce((x, y) -> tail(x + y), store("reduced", S)).toStream().to("out", Produced.with(S, S)));
        PLANS.put("reduce to nothing, uncached", b -> in(b).groupByKey().reduce((x, y) -> y.equals("c") ? null : tail(x + y), store("reduced", S).withCachingDisabled()).toStream().to("out", Produced.with(S, S)));
        PLANS.put("aggregate, null deletes", b -> in(b).groupByKey().aggregate(() -> "", RunTopologies::fold, store("folded", S)).toStream().to("out", Produced.with(S, S)));
        PLANS.put("aggregate, null deletes, uncached", b -> in(b).groupByKey().aggregate(() -> "", RunTopologies::fold, store("folded", S).withCachingDisabled()).toStream().to("out", Produced.with(S, S)));
        PLANS.put("two aggregations of one grouping", b -> {
            final KGroupedStream<String, String> g = in(b).groupBy((k, v) -> v, Grouped.with("g", S, S));
            g.count().filter((k, n) -> n % 2 == 0).toStream().to("out", Produced.with(S, L));
            g.reduce((x, y) -> x, store("firsts", S)).toStream((k, v) -> v).to("out2", Produced.with(S, S));
        });
        PLANS.put("count of counts", b -> in(b).groupByKey().count().groupBy((k, n) -> KeyValue.pair(String.valueOf(n), k), Grouped.with(S, S)).count().toStream().to("out", Produced.with(S, L)));
    }

    private static void tables() {
        PLANS.put("table", b -> rows(b).toStream().to("out", Produced.with(S, S)));
        PLANS.put("table with a store", b -> b.table("rows", Consumed.with(S, S), store("kept", S)).toStream().to("out", Produced.with(S, S)));
        PLANS.put("table with an uncached store", b -> b.table("rows", Consumed.with(S, S), store("kept", S).withCachingDisabled()).toStream().to("out", Produced.with(S, S)));
        PLANS.put("table filter", b -> rows(b).filter((k, v) -> v.compareTo("c") < 0).toStream().to("out", Produced.with(S, S)));
        PLANS.put("table filter over a store", b -> b.table("rows", Consumed.with(S, S), store("kept", S)).filterNot((k, v) -> v.compareTo("c") < 0).toStream().to("out", Produced.with(S, S)));
        PLANS.put("table filter and mapValues with stores", b -> rows(b).filter((k, v) -> v.compareTo("d") < 0, store("filtered", S))
            .mapValues((k, v) -> v.equals("b") ? null : k + v, store("mapped", S).withCachingDisabled()).toStream().to("out", Produced.with(S, S)));
        PLANS.put("toTable", b -> in(b).toTable(store("latest", S)).mapValues(v -> v + v).toStream().to("out", Produced.with(S, S)));
        PLANS.put("toTable under other keys", b -> in(b).selectKey((k, v) -> v).toTable(Materialized.<String, String, KeyValueStore<Bytes, byte[]>>with(S, S)).filter((k, v) -> v.equals("a"), store("some", S)).toStream().to("out", Produced.with(S, S)));
    }

    private static KGroupedTable<String, String> grouped(final KTable<String, String> table) {
        return table.groupBy((k, v) -> KeyValue.pair(v.equals("d") ? null : v, k), Grouped.with(S, S));
    }

    private static void groupedTables() {
        PLANS.put("table groupBy, count", b -> grouped(rows(b)).count().toStream().to("out", Produced.with(S, L)));
        PLANS.put("table groupBy, count, uncached", b -> grouped(b.table("rows", Consumed.with(S, S), store("kept", S).withCachingDisabled())).count(store("counts", L).withCachingDisabled()).toStream().to("out", Produced.with(S, L)));
        PLANS.put("table groupBy, reduce", b -> grouped(rows(b)).reduce((x, y) -> tail(x + y), (x, y) -> tail(x + "-" + y), store("reduced", S)).toStream().to("out", Produced.with(S, S)));
        PLANS.put("table groupBy, aggregate", b -> grouped(rows(b)).aggregate(() -> "0", (k, v, a) -> tail(a + "+" + v), (k, v, a) -> v.equals("k1") ? null : tail(a + "-" + v), store("aggregated", S).withCachingDisabled()).toStream().to("out", Produced.with(S, S)));
        PLANS.put("table filter, groupBy, count", b -> grouped(rows(b).filter((k, v) -> v.compareTo("b") > 0)).count().filter((k, n) -> n > 1).toStream().to("out", Produced.with(S, L)));
    }

    private static void processors() {
        final StoreBuilder<KeyValueStore<String, String>> seen = Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), S, S).withLoggingEnabled(Map.of());
        PLANS.put("a processor with a store", b -> in(b).process(new ProcessorSupplier<String, String, String, String>() {
            @Override
            public Processor<String, String, String, String> get() {
                return new ContextualProcessor<>() {
                    @Override
                    public void process(final Record<String, String> record) {
                        if (record.key() == null) return;
                        final KeyValueStore<String, String> store = context().getStateStore("seen");
                        final String before = store.get(record.key());
                        store.put(record.key(), record.value());
                        context().forward(record.withValue(before + ">" + record.value()).withTimestamp(record.timestamp() + 1));
                    }
                };
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(seen);
            }
        }).to("out", Produced.with(S, S)));
    }

    private static String run(final Consumer<StreamsBuilder> plan, final List<String> lines) {
        final StreamsBuilder builder = new StreamsBuilder();
        plan.accept(builder);
        final Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:9092");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir") + "/millrace-oracle-state-" + ProcessHandle.current().pid());
        try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), properties)) {
            final Map<String, TestInputTopic<String, String>> inputs = new LinkedHashMap<>();
            for (final String line : lines) {
                final String[] fields = line.split("\t");
                try {
                    inputs.computeIfAbsent(fields[0], topic -> driver.createInputTopic(topic, new StringSerializer(), new StringSerializer()))
                        .pipeInput(textOf(fields[1]), textOf(fields[2]), Long.parseLong(fields[3]));
                } catch (final IllegalArgumentException unknownTopic) {
                    // This topology does not read it.
                }
            }
            final List<String> topics = new ArrayList<>();
            for (final String topic : new TreeSet<>(driver.producedTopicNames())) {
                final List<String> records = new ArrayList<>();
                driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer()).readRecordsToList()
                    .forEach(record -> records.add("\"" + hex(record.key()) + " " + hex(record.value()) + " " + record.timestamp() + "\""));
                topics.add("    \"" + topic + "\": [" + String.join(", ", records) + "]");
            }
            return "{\n" + String.join(",\n", topics) + "\n  }";
        }
    }

    private static String textOf(final String field) {
        return field.equals("~") ? null : field;
    }

    private static String hex(final byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    private RunTopologies() { }
}
