// In the package of the library, for the internal view of a topology: which topics it makes, and how.
package org.apache.kafka.streams;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindowedKStream;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.UnlimitedWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalTopicConfig;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/**
 * Builds the topologies of test/golden/windows.ts with the Java library and runs them in its test driver, with the records of the file that
 * is its argument. Prints, as JSON, for each: the text of describe(), the internal topics, every record that was written to any topic (key
 * and value in hex, the timestamp), what is in the named window stores at the end, and how many records were dropped.
 */
public final class Windows {
    private static final Serde<String> S = Serdes.String();
    private static final Serde<Long> L = Serdes.Long();
    private static final Map<String, Consumer<StreamsBuilder>> PLANS = new LinkedHashMap<>();

    public static void main(final String[] args) throws Exception {
        counts();
        reductions();
        tables();
        processors();
        final List<String> lines = Files.readAllLines(Path.of(args[0]));
        final List<String> runs = new ArrayList<>();
        for (final Map.Entry<String, Consumer<StreamsBuilder>> plan : PLANS.entrySet()) {
            runs.add("  \"" + plan.getKey() + "\": " + run(plan.getKey(), plan.getValue(), lines));
        }
        System.out.println("{\n" + String.join(",\n", runs) + "\n}");
    }

    private static Duration ms(final long ms) {
        return Duration.ofMillis(ms);
    }

    private static KStream<String, String> in(final StreamsBuilder b) {
        return b.stream("in", Consumed.with(S, S));
    }

    private static TimeWindows tumbling() {
        return TimeWindows.ofSizeWithNoGrace(ms(10_000));
    }

    private static TimeWindows hopping() {
        return TimeWindows.ofSizeAndGrace(ms(10_000), ms(15_000)).advanceBy(ms(4_000));
    }

    private static TimeWindowedKStream<String, String> windowed(final StreamsBuilder b) {
        return in(b).groupByKey().windowedBy(hopping());
    }

    private static <V> Materialized<String, V, WindowStore<Bytes, byte[]>> store(final String name, final Serde<V> value) {
        return Materialized.<String, V, WindowStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(value);
    }

    private static <V> void out(final KTable<Windowed<String>, V> table) {
        table.toStream((k, v) -> k.key() + "@" + k.window().start() + "/" + k.window().end()).mapValues(v -> String.valueOf(v)).to("out", Produced.with(S, S));
    }

    private static String tail(final String text) {
        return text.length() > 12 ? text.substring(text.length() - 12) : text;
    }

    private static String fold(final String key, final String value, final String aggregate) {
        return "e".equals(value) ? null : tail(aggregate + key + value);
    }

    private static void counts() {
        PLANS.put("tumbling count", b -> out(in(b).groupByKey().windowedBy(tumbling()).count()));
        PLANS.put("hopping count", b -> windowed(b).count().toStream().to("out"));
        PLANS.put("hopping count of long grace", b -> out(in(b).groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(ms(30_000), ms(100_000)).advanceBy(ms(30_000))).count()));
        PLANS.put("count with a name", b -> out(windowed(b).count(Named.as("counted"))));
        PLANS.put("count with a store", b -> out(windowed(b).count(store("counts", L))));
        PLANS.put("count with a name and a store", b -> out(windowed(b).count(Named.as("counted"), store("counts", L))));
        PLANS.put("count with serdes", b -> out(windowed(b).count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>with(S, L))));
        PLANS.put("count, uncached, kept for long", b -> out(windowed(b).count(store("counts", L).withCachingDisabled().withRetention(ms(200_000)))));
        PLANS.put("count, unlogged", b -> out(windowed(b).count(store("counts", L).withLoggingDisabled())));
        PLANS.put("count, logged with settings", b -> out(windowed(b).count(store("counts", L).withLoggingEnabled(Map.of("retention.ms", "77", "segment.bytes", "1000")))));
        PLANS.put("count in memory", b -> out(windowed(b).count(Materialized.<String, Long>as(Stores.inMemoryWindowStore("counts", ms(25_000), ms(10_000), false)).withKeySerde(S).withValueSerde(L))));
        PLANS.put("count in a described store", b -> out(windowed(b).count(Materialized.<String, Long>as(Stores.persistentTimestampedWindowStore("counts", ms(130_000), ms(10_000), false)).withKeySerde(S).withValueSerde(L).withCachingDisabled())));
        PLANS.put("count by value", b -> out(in(b).groupBy((k, v) -> v, Grouped.with(S, S)).windowedBy(hopping()).count()));
        PLANS.put("count by value with a store", b -> out(in(b).groupBy((k, v) -> v, Grouped.with(S, S)).windowedBy(hopping()).count(store("counts", L))));
        PLANS.put("count by value, named", b -> out(in(b).groupBy((k, v) -> v, Grouped.with("g", S, S)).windowedBy(hopping()).count(Named.as("counted"))));
        PLANS.put("unlimited count", b -> out(in(b).groupByKey().windowedBy(UnlimitedWindows.of().startOn(Instant.ofEpochMilli(30_000))).count(store("counts", L))));
        PLANS.put("fan-out over a small cache", b -> in(b).filter((k, v) -> k != null && v != null).flatMapValues(v -> Arrays.asList(v, v + "x", v + "y", v))
            .groupBy((k, v) -> v, Grouped.with(S, S)).windowedBy(hopping()).count(store("counts", L)).toStream().to("out"));
    }

    private static void reductions() {
        PLANS.put("reduce", b -> out(in(b).filter((k, v) -> v != null).groupByKey().windowedBy(hopping()).reduce((x, y) -> tail(x + y))));
        PLANS.put("reduce with a store, uncached", b -> out(in(b).groupByKey().windowedBy(hopping()).reduce((x, y) -> tail(x + y), store("reduced", S).withCachingDisabled())));
        PLANS.put("reduce with a name", b -> out(in(b).groupByKey().windowedBy(hopping()).reduce((x, y) -> tail(x + y), Named.as("reducing"))));
        PLANS.put("aggregate, null deletes", b -> out(windowed(b).aggregate(() -> "", Windows::fold, store("folded", S))));
        PLANS.put("aggregate, null deletes, uncached", b -> out(windowed(b).aggregate(() -> "", Windows::fold, store("folded", S).withCachingDisabled())));
        PLANS.put("aggregate with a name and serdes", b -> out(windowed(b).aggregate(() -> "", Windows::fold, Named.as("folding"), Materialized.<String, String, WindowStore<Bytes, byte[]>>with(S, S))));
    }

    private static void tables() {
        PLANS.put("two aggregations of one grouping", b -> {
            final KGroupedStream<String, String> g = in(b).groupBy((k, v) -> v, Grouped.with("g", S, S));
            out(g.windowedBy(tumbling()).count());
            g.windowedBy(hopping()).reduce((x, y) -> x, store("firsts", S)).toStream((k, v) -> v).to("out2", Produced.with(S, S));
            g.count().toStream().to("out3", Produced.with(S, L));
        });
        PLANS.put("filter and mapValues with stores", b -> windowed(b).count(store("counts", L))
            .filter((k, n) -> n % 2 == 0, Materialized.<Windowed<String>, Long, KeyValueStore<Bytes, byte[]>>as("even").withKeySerde(WindowedSerdes.timeWindowedSerdeFrom(String.class, 10_000)).withValueSerde(L))
            .mapValues(n -> n + "!", Materialized.<Windowed<String>, String, KeyValueStore<Bytes, byte[]>>as("shown").withKeySerde(WindowedSerdes.timeWindowedSerdeFrom(String.class, 10_000)).withValueSerde(S)).toStream().to("out"));
        PLANS.put("filter without a store", b -> windowed(b).count().filter((k, n) -> n > 1).toStream().to("out", Produced.valueSerde(L)));
        PLANS.put("counts grouped again", b -> windowed(b).count().groupBy((k, n) -> KeyValue.pair(k.key(), String.valueOf(n)), Grouped.with(S, S))
            .reduce((x, y) -> tail(x + "+" + y), (x, y) -> tail(x + "-" + y), Materialized.with(S, S)).toStream().to("out", Produced.with(S, S)));
        PLANS.put("a processor reads the counts", b -> {
            windowed(b).count(store("counts", L));
            in(b).process(reader(List.of()), "counts").to("out", Produced.with(S, S));
        });
    }

    private static void processors() {
        PLANS.put("a processor with a store", b -> processor(b, Stores.persistentWindowStore("seen", ms(130_000), ms(10_000), false), false));
        PLANS.put("a processor with a store of duplicates", b -> processor(b, Stores.persistentWindowStore("seen", ms(130_000), ms(10_000), true), false));
        PLANS.put("a processor with a store in memory", b -> processor(b, Stores.inMemoryWindowStore("seen", ms(50_000), ms(10_000), false), false));
        PLANS.put("a processor with a store of duplicates in memory", b -> processor(b, Stores.inMemoryWindowStore("seen", ms(50_000), ms(10_000), true), false));
        PLANS.put("a processor with a cached store", b -> processor(b, Stores.persistentWindowStore("seen", ms(130_000), ms(10_000), false), true));
    }

    private static void processor(final StreamsBuilder b, final WindowBytesStoreSupplier supplier, final boolean caching) {
        final StoreBuilder<WindowStore<String, String>> seen = Stores.windowStoreBuilder(supplier, S, S);
        in(b).process(reader(List.of(caching ? seen.withCachingEnabled() : seen))).to("out", Produced.with(S, S));
    }

    private static ProcessorSupplier<String, String, String, String> reader(final List<StoreBuilder<?>> owned) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, String, String, String> get() {
                return new ContextualProcessor<>() {
                    @Override
                    public void process(final Record<String, String> record) {
                        if (record.key() == null) return;
                        final WindowStore<String, Object> store = context().getStateStore(owned.isEmpty() ? "counts" : "seen");
                        final long start = record.timestamp() / 5_000 * 5_000;
                        if (!owned.isEmpty()) store.put(record.key(), record.value(), start);
                        final List<String> found = new ArrayList<>();
                        found.add(show(store.fetch(record.key(), start)));
                        try (WindowStoreIterator<Object> rows = store.fetch(record.key(), Math.max(0, start - 60_000), start + 5_000)) {
                            rows.forEachRemaining(row -> found.add(row.key + "=" + show(row.value)));
                        }
                        context().forward(record.withValue(String.join(" ", found)));
                    }
                };
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return owned.isEmpty() ? null : Set.copyOf(owned);
            }
        };
    }

    private static String show(final Object value) {
        return String.valueOf(value instanceof ValueAndTimestamp<?> ? ((ValueAndTimestamp<?>) value).value() : value);
    }

    private static String run(final String name, final Consumer<StreamsBuilder> plan, final List<String> lines) {
        final StreamsBuilder builder = new StreamsBuilder();
        plan.accept(builder);
        final Topology topology = builder.build();
        final Map<String, String> fields = new LinkedHashMap<>();
        fields.put("describe", quote(topology.describe().toString()));
        final Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:9092");
        properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class.getName());
        properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class.getName());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir") + "/millrace-oracle-state-" + ProcessHandle.current().pid());
        if (name.contains("small cache")) properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "700");
        try (TopologyTestDriver driver = new TopologyTestDriver(topology, properties)) {
            fields.put("changelogs", changelogs(topology.internalTopologyBuilder));
            final TestInputTopic<String, String> input = driver.createInputTopic("in", new StringSerializer(), new StringSerializer());
            for (final String line : lines) {
                final String[] columns = line.split("\t");
                input.pipeInput(textOf(columns[0]), textOf(columns[1]), Long.parseLong(columns[2]));
            }
            final Map<String, String> topics = new LinkedHashMap<>();
            for (final String topic : new TreeSet<>(driver.producedTopicNames())) {
                final List<String> records = new ArrayList<>();
                driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer()).readRecordsToList()
                    .forEach(record -> records.add(quote(hex(record.key()) + " " + hex(record.value()) + " " + record.timestamp())));
                topics.put(topic, "[" + String.join(", ", records) + "]");
            }
            fields.put("topics", object(topics));
            fields.put("stores", stores(driver, name.contains("uncached") || name.startsWith("a processor with a store")));
            fields.put("dropped", String.valueOf(dropped(driver)));
            return object(fields);
        }
    }

    /** Over a cache, a range of keys with an open end gives rows twice: it is read only where there is no cache. */
    private static String stores(final TopologyTestDriver driver, final boolean uncached) {
        final Map<String, String> stores = new LinkedHashMap<>();
        for (final String name : new TreeSet<>(driver.getAllStateStores().keySet())) {
            final WindowStore<String, Object> store = driver.getWindowStore(name);
            if (store == null || name.startsWith("KSTREAM-")) continue;
            final Map<String, String> reads = new LinkedHashMap<>();
            reads.put("all", rows(store.fetchAll(0, Long.MAX_VALUE)));
            reads.put("backward", rows(store.backwardFetchAll(0, Long.MAX_VALUE)));
            reads.put("times", rows(store.fetchAll(100_000, 170_000)));
            reads.put("keys", rows(store.fetch("a", "b", 0, 300_000)));
            reads.put("from", rows(store.fetch("aa", uncached ? null : "zz", 0, 300_000)));
            final List<String> found = new ArrayList<>();
            try (WindowStoreIterator<Object> iterator = store.fetch("a", 0, Long.MAX_VALUE)) {
                iterator.forEachRemaining(row -> found.add(row.key + "=" + show(row.value)));
            }
            try (WindowStoreIterator<Object> iterator = store.backwardFetch("a", 120_000, 180_000)) {
                iterator.forEachRemaining(row -> found.add(row.key + "=" + show(row.value)));
            }
            reads.put("a", quote(String.join(" ", found)));
            stores.put(name, object(reads));
        }
        return object(stores);
    }

    private static String rows(final KeyValueIterator<Windowed<String>, Object> rows) {
        final List<String> found = new ArrayList<>();
        try (rows) {
            rows.forEachRemaining(row -> found.add(row.key.key() + "@" + row.key.window().start() + "/" + row.key.window().end() + "=" + show(row.value)));
        }
        return quote(String.join(" ", found));
    }

    private static long dropped(final TopologyTestDriver driver) {
        return driver.metrics().entrySet().stream().filter(metric -> metric.getKey().name().equals("dropped-records-total"))
            .mapToLong(metric -> ((Number) metric.getValue().metricValue()).longValue()).sum();
    }

    private static String changelogs(final InternalTopologyBuilder internal) {
        final Map<String, String> fields = new TreeMap<>();
        internal.subtopologyToTopicsInfo().values().forEach(topics -> topics.stateChangelogTopics.forEach((name, config) -> fields.put(name, configs(config))));
        return object(fields);
    }

    private static String configs(final InternalTopicConfig config) {
        final Map<String, String> settings = new LinkedHashMap<>();
        new TreeMap<>(config.properties(Map.of(), 86400000L)).forEach((key, value) -> settings.put(key, quote(value)));
        return object(settings);
    }

    private static String object(final Map<String, String> fields) {
        final List<String> entries = new ArrayList<>();
        fields.forEach((key, value) -> entries.add(quote(key) + ": " + value));
        return entries.isEmpty() ? "{}" : "{ " + String.join(", ", entries) + " }";
    }

    private static String textOf(final String field) {
        return field.equals("~") ? null : field;
    }

    private static String hex(final byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    private static String quote(final String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    private Windows() { }
}
