import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
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
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Follows the programs of a file (test/golden/programs-of-calls.ts says what its lines mean) with the DSL of the Java library, and prints
 * a line for each: the digest of the text of describe(), or, for a line that also has input, of all that the program writes to any topic
 * when the test driver of the library runs it. With "text" as second argument it prints the texts themselves.
 */
public final class DescribePrograms {
    private static final Serde<Object> S = unchecked(Serdes.String());
    private final StreamsBuilder builder = new StreamsBuilder();
    private final List<KStream<Object, Object>> streams = new ArrayList<>();
    private final List<KTable<Object, Object>> tables = new ArrayList<>();

    public static void main(final String[] args) throws Exception {
        final boolean isText = args.length > 1;
        for (final String line : Files.readAllLines(Path.of(args[0]))) {
            final String[] parts = line.split("\t");
            final String text = parts.length == 1 ? describe(parts[0]) : run(parts[0], parts[1]);
            System.out.println(isText ? text : digest(text));
        }
    }

    /** All that the program writes when it gets the records of `inputs`: a line per record, by topic. */
    private static String run(final String program, final String inputs) {
        final Topology topology = build(program);
        if (topology == null) return "unsupported";
        final Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:9092");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir") + "/state");
        properties.put(StreamsConfig.DEFAULT_DSL_STORE_CONFIG, "in_memory");
        properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        final StringBuilder text = new StringBuilder();
        try (TopologyTestDriver driver = new TopologyTestDriver(topology, properties)) {
            for (final String input : inputs.split("\\|")) {
                final String[] fields = input.split(",");
                driver.createInputTopic(fields[0], new StringSerializer(), new StringSerializer())
                    .pipeInput(textOf(fields[1]), textOf(fields[2]), Long.parseLong(fields[3]));
            }
            for (final String topic : new TreeSet<>(driver.producedTopicNames())) {
                driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer()).readRecordsToList()
                    .forEach(record -> text.append(topic + " " + hex(record.key()) + " " + hex(record.value()) + " " + record.timestamp() + "\n"));
            }
        }
        return text.toString();
    }

    private static String textOf(final String field) {
        return field.equals("~") ? null : field;
    }

    private static String hex(final byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    private static String describe(final String program) {
        final Topology topology = build(program);
        return topology == null ? "unsupported" : topology.describe().toString();
    }

    /** `null` where the optimizer of the library does not find its way: a repartition topic was moved before. */
    private static Topology build(final String program) {
        final String[] calls = program.split(";");
        final DescribePrograms run = new DescribePrograms();
        for (int i = 1; i < calls.length; i++) run.call(calls[i].trim().split(" "));
        final Properties properties = new Properties();
        properties.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, calls[0].trim());
        try {
            return run.builder.build(properties);
        } catch (final StreamsException error) {
            if (error.getMessage().contains("keyChangingChild")) return null;
            throw error;
        }
    }

    private void call(final String[] words) {
        final String name = words[words.length - 1].equals("-") ? null : words[words.length - 1];
        final int number = words[1].matches("\\d+") ? Integer.parseInt(words[1]) : 0;
        if (words[0].startsWith("table-")) callTable(words[0], tables.get(number), words[2], name);
        else callStream(words[0], number, words, name);
    }

    private void callStream(final String call, final int number, final String[] words, final String name) {
        final KStream<Object, Object> s = streams.isEmpty() ? null : streams.get(number);
        switch (call) {
            case "stream": streams.add(builder.stream(words[1], consumed(name))); break;
            case "table": tables.add(words[2].equals("store") ? builder.table(words[1], consumed(name), store("s-" + words[1]))
                : words[2].equals("some") ? builder.table(words[1], consumed(name), some()) : builder.table(words[1], consumed(name))); break;
            case "filter": streams.add(name == null ? s.filter(DescribePrograms::holds) : s.filter(DescribePrograms::holds, Named.as(name))); break;
            case "mapValues": streams.add(name == null ? s.mapValues(DescribePrograms::longer) : s.mapValues(DescribePrograms::longer, Named.as(name))); break;
            case "flatMapValues": streams.add(name == null ? s.flatMapValues(DescribePrograms::twice) : s.flatMapValues(DescribePrograms::twice, Named.as(name))); break;
            case "selectKey": streams.add(name == null ? s.selectKey(DescribePrograms::keyOf) : s.selectKey(DescribePrograms::keyOf, Named.as(name))); break;
            case "map": streams.add(name == null ? s.map((k, v) -> KeyValue.pair(v, k)) : s.map((k, v) -> KeyValue.pair(v, k), Named.as(name))); break;
            case "peek": streams.add(name == null ? s.peek((k, v) -> { }) : s.peek((k, v) -> { }, Named.as(name))); break;
            case "merge": streams.add(name == null ? s.merge(streams.get(Integer.parseInt(words[2]))) : s.merge(streams.get(Integer.parseInt(words[2])), Named.as(name))); break;
            case "repartition": streams.add(s.repartition(name == null ? Repartitioned.with(S, S) : Repartitioned.with(S, S).withName(name))); break;
            case "to": s.to(words[2], name == null ? Produced.with(S, S) : Produced.with(S, S).withName(name)); break;
            case "process": streams.add(name == null ? s.process(Pass::new) : s.process(Pass::new, Named.as(name))); break;
            case "processValues": streams.add(name == null ? s.processValues(PassValues::new) : s.processValues(PassValues::new, Named.as(name))); break;
            case "split": split(s, name); break;
            case "toTable": tables.add(toTable(s, words[2], name)); break;
            default: aggregate(call, s, words, name);
        }
    }

    private void split(final KStream<Object, Object> s, final String name) {
        final Map<String, KStream<Object, Object>> branches = (name == null ? s.split() : s.split(Named.as(name)))
            .branch(DescribePrograms::holds, Branched.as("a")).defaultBranch(Branched.as("b"));
        branches.forEach((key, stream) -> { if (key.endsWith("a")) streams.add(stream); });
        branches.forEach((key, stream) -> { if (!key.endsWith("a")) streams.add(stream); });
    }

    private KTable<Object, Object> toTable(final KStream<Object, Object> s, final String kept, final String name) {
        if (name == null) return kept.equals("no") ? s.toTable() : s.toTable(kept.equals("some") ? some() : store(kept));
        return kept.equals("no") ? s.toTable(Named.as(name)) : s.toTable(Named.as(name), kept.equals("some") ? some() : store(kept));
    }

    /** Words: call, stream, grouping name or "-", store, name. */
    private void aggregate(final String call, final KStream<Object, Object> s, final String[] words, final String name) {
        final String grouping = words[2].equals("-") ? null : words[2];
        final Grouped<Object, Object> grouped = grouping == null ? Grouped.with(S, S) : Grouped.with(grouping, S, S);
        final KGroupedStream<Object, Object> g = call.endsWith("ByKey") ? s.groupByKey(grouped) : s.groupBy(DescribePrograms::keyOf, grouped);
        final String kept = words[3];
        final Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> m = kept.equals("store") ? store("s-" + name(words)) : some();
        final KTable<Object, Object> t;
        if (call.startsWith("count")) {
            final Materialized<Object, Long, KeyValueStore<Bytes, byte[]>> longs = unchecked(m);
            t = unchecked(kept.equals("no") ? (name == null ? g.count() : g.count(Named.as(name))) : name == null ? g.count(longs) : g.count(Named.as(name), longs));
        } else if (call.startsWith("reduce")) {
            t = kept.equals("no") && name == null ? g.reduce(DescribePrograms::joined) : name == null ? g.reduce(DescribePrograms::joined, m) : g.reduce(DescribePrograms::joined, Named.as(name), m);
        } else {
            t = name == null ? g.aggregate(() -> "", DescribePrograms::folded, m) : g.aggregate(() -> "", DescribePrograms::folded, Named.as(name), m);
        }
        tables.add(t);
    }

    /** A store is named after the number of tables: the same on both sides, and new. */
    private String name(final String[] words) {
        return words[0] + "-" + tables.size();
    }

    private void callTable(final String call, final KTable<Object, Object> t, final String kept, final String name) {
        final Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> m = kept.equals("store") ? store("s-" + call + "-" + tables.size()) : some();
        final Named named = name == null ? null : Named.as(name);
        final boolean isPlain = kept.equals("no");
        switch (call) {
            case "table-filter":
                tables.add(isPlain ? (named == null ? t.filter(DescribePrograms::holds) : t.filter(DescribePrograms::holds, named))
                    : named == null ? t.filter(DescribePrograms::holds, m) : t.filter(DescribePrograms::holds, named, m));
                break;
            case "table-mapValues":
                tables.add(isPlain ? (named == null ? t.mapValues(DescribePrograms::longer) : t.mapValues(DescribePrograms::longer, named))
                    : named == null ? t.mapValues(DescribePrograms::longer, m) : t.mapValues(DescribePrograms::longer, named, m));
                break;
            case "table-toStream":
                streams.add(named == null ? t.toStream() : t.toStream(named));
                break;
            case "table-toStreamKeyed":
                streams.add(named == null ? t.toStream(DescribePrograms::keyOf) : t.toStream(DescribePrograms::keyOf, named));
                break;
            default:
                regroup(call, t, isPlain, m, named);
        }
    }

    private void regroup(final String call, final KTable<Object, Object> t, final boolean isPlain, final Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> m, final Named named) {
        final Grouped<Object, Object> grouped = call.endsWith("Named") ? Grouped.with("g-" + tables.size(), S, S) : Grouped.with(S, S);
        final KGroupedTable<Object, Object> g = t.groupBy((k, v) -> KeyValue.pair(keyOf(k, v), tail(k + "" + v)), grouped);
        if (call.startsWith("table-count")) {
            final Materialized<Object, Long, KeyValueStore<Bytes, byte[]>> longs = unchecked(m);
            tables.add(unchecked(isPlain ? (named == null ? g.count() : g.count(named)) : named == null ? g.count(longs) : g.count(named, longs)));
        } else {
            tables.add(isPlain && named == null ? g.reduce(DescribePrograms::joined, DescribePrograms::parted) : named == null ? g.reduce(DescribePrograms::joined, DescribePrograms::parted, m)
                : g.reduce(DescribePrograms::joined, DescribePrograms::parted, named, m));
        }
    }

    private static final class Pass extends ContextualProcessor<Object, Object, Object, Object> {
        @Override
        public void process(final Record<Object, Object> record) {
            context().forward(record.withTimestamp(record.timestamp() + 1));
        }
    }

    private static final class PassValues extends ContextualFixedKeyProcessor<Object, Object, Object> {
        @Override
        public void process(final FixedKeyRecord<Object, Object> record) {
            context().forward(record);
        }
    }

    private static boolean holds(final Object key, final Object value) {
        return value == null || !String.valueOf(value).endsWith("c");
    }

    private static Object longer(final Object value) {
        return value == null ? null : value.equals("b") ? null : tail("m" + value);
    }

    private static List<Object> twice(final Object value) {
        return value == null ? List.of() : List.of(value, tail(value + "x"));
    }

    private static Object keyOf(final Object key, final Object value) {
        return value == null ? key : String.valueOf(value).substring(String.valueOf(value).length() - 1);
    }

    private static Object joined(final Object aggregate, final Object value) {
        return tail(aggregate + "" + value);
    }

    private static Object parted(final Object aggregate, final Object value) {
        return tail(aggregate + "-" + value);
    }

    private static Object folded(final Object key, final Object value, final Object aggregate) {
        return String.valueOf(value).endsWith("e") ? null : tail(aggregate + "" + value);
    }

    private static Object tail(final String text) {
        return text.length() > 9 ? text.substring(text.length() - 9) : text;
    }

    private static Consumed<Object, Object> consumed(final String name) {
        return name == null ? Consumed.with(S, S) : Consumed.with(S, S).withName(name);
    }

    private static Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> store(final String name) {
        return Materialized.<Object, Object, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(S);
    }

    private static Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> some() {
        return Materialized.with(S, S);
    }

    private static String digest(final String text) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8))).substring(0, 16);
    }

    @SuppressWarnings("unchecked")
    private static <T> T unchecked(final Object value) {
        return (T) value;
    }

    private DescribePrograms() { }
}
