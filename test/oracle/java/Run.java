package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.InternalTopics;
import org.apache.kafka.streams.Restoring;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.TopologyException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.internals.InMemoryTimeOrderedKeyValueChangeBuffer;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.test.TestRecord;

/** Runs one scenario in the test driver of the library; test/oracle/run-scenario.ts is its twin. */
final class Run {
    /** Stores of the library itself whose rows are no items; their changelogs show them. */
    private static final Pattern INNER = Pattern.compile("KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-|-subscription-store$");
    static final long WALL_CLOCK_START = 1_704_067_200_000L;

    private static final Path STATE_FOLDER = temporaryFolder();
    /** Each run has a folder of its own: a store that cannot be closed keeps its lock. */
    private static int runs;

    private final ObjectNode answer;
    private final Map<String, ArrayNode> topics = new TreeMap<>();
    /** What was written to each topic, where stores are restored from it. */
    private final Map<String, List<TestRecord<byte[], byte[]>>> written = new TreeMap<>();
    private boolean isRestoring;
    private String where = "build";
    private Plan plan;

    Run(final ObjectMapper json) {
        answer = json.createObjectNode();
    }

    ObjectNode run(final JsonNode scenario) {
        // What a topology prints.
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        final Options o = new Options(scenario);
        o.node("name");
        o.node("about");
        o.node("rows");
        isRestoring = Boolean.TRUE.equals(o.flagOrNull("restore"));
        final boolean isOnlyBuilt = Boolean.TRUE.equals(o.flagOrNull("build"));
        final ArrayNode reads = answer.arrayNode();
        try {
            final Properties config = config(o);
            final Topology topology = build(o, config);
            answer.put("describe", topology.describe().toString());
            if (isOnlyBuilt) {
                o.done();
                answer.set("internalTopics", answer.pojoNode(InternalTopics.ofBuilt(topology, config)));
                putLines(printed);
                return answer;
            }
            where = "start";
            makeFolders(o, config);
            try (TopologyTestDriver driver = new TopologyTestDriver(topology, config, Instant.ofEpochMilli(WALL_CLOCK_START))) {
                answer.set("internalTopics", answer.pojoNode(InternalTopics.of(topology)));
                Restoring.restore(driver, changelogs(o));
                int index = 0;
                for (final Options step : o.objects("steps")) {
                    where = "step " + index++;
                    step(driver, step, reads);
                    capture(driver);
                }
                o.done();
                where = "end";
                final Map<String, StateStore> stores = new TreeMap<>(driver.getAllStateStores());
                // A store that no processor uses is known and never made.
                stores.values().removeIf(Objects::isNull);
                for (final String name : stores.keySet()) {
                    if (!INNER.matcher(name).find()) reads.add(read(driver, name, new Options(answer.objectNode())));
                }
                answer.put("dropped", dropped(driver));
                Totals.put(driver, answer.putObject("totals"));
                checkMetrics(driver);
                where = "close";
            }
            if (isRestoring) restore(o);
        } catch (final ScenarioException notAScenario) {
            throw notAScenario;
        } catch (final Throwable error) {
            answer.set("error", errorOf(error));
        }
        putLines(printed);
        final ObjectNode produced = answer.putObject("topics");
        topics.forEach(produced::set);
        answer.set("reads", reads);
        return answer;
    }

    /** What was printed, a text for each line. */
    private void putLines(final ByteArrayOutputStream printed) {
        System.out.flush();
        if (printed.size() == 0) return;
        final ArrayNode lines = answer.putArray("printed");
        printed.toString(StandardCharsets.UTF_8).lines().forEach(lines::add);
    }

    /** What an earlier program has left in the state directory: empty folders of the segments of stores. */
    private static void makeFolders(final Options o, final Properties config) throws IOException {
        final JsonNode given = o.node("folders");
        if (given == null) return;
        final Path task = Path.of(config.getProperty(StreamsConfig.STATE_DIR_CONFIG), config.getProperty(StreamsConfig.APPLICATION_ID_CONFIG), "0_0");
        for (final Iterator<Map.Entry<String, JsonNode>> stores = given.fields(); stores.hasNext();) {
            final Map.Entry<String, JsonNode> store = stores.next();
            for (final JsonNode segment : store.getValue()) Files.createDirectories(task.resolve(store.getKey()).resolve(segment.textValue()));
        }
    }

    private static Path temporaryFolder() {
        try {
            final Path folder = Files.createTempDirectory("millrace-oracle-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Utils.closeQuietly(() -> Utils.delete(folder.toFile()), "state of the oracle")));
            return folder;
        } catch (final IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Reads the stores of another driver, which are restored from the changelogs. */
    private void restore(final Options o) throws Throwable {
        where = "restore";
        final Properties config = config(o);
        final ArrayNode reads = answer.putArray("restored");
        try (TopologyTestDriver driver = new TopologyTestDriver(build(o, config), config, Instant.ofEpochMilli(WALL_CLOCK_START))) {
            Restoring.restore(driver, written);
            final Map<String, StateStore> stores = new TreeMap<>(driver.getAllStateStores());
            stores.values().removeIf(Objects::isNull);
            for (final String name : stores.keySet()) {
                // The buffer of a join with a grace does not count what it restores.
                final boolean isBuffer = name.endsWith("-Buffer");
                if (!isBuffer && !INNER.matcher(name).find()) reads.add(read(driver, name, new Options(answer.objectNode())));
            }
        }
    }

    private ObjectNode errorOf(final Throwable error) {
        Throwable root = error;
        String kind = null;
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            root = cause;
            if (kind == null && cause instanceof Boom) kind = "user";
            if (kind == null && cause instanceof ClassCastException) kind = "type";
            if (kind == null && cause instanceof SerializationException) kind = "bytes";
            if (kind == null && cause instanceof TopologyException) kind = "topology";
        }
        // The library refuses a topology in many ways.
        final boolean isRefused = where.equals("build") && (root instanceof IllegalArgumentException || root instanceof IllegalStateException);
        if (kind == null && isRefused) kind = "topology";
        if (kind == null) kind = root instanceof StreamsException ? (where.equals("build") ? "topology" : "streams") : root instanceof NullPointerException ? "null" : "other";
        final ObjectNode found = answer.objectNode();
        found.put("where", where);
        found.put("kind", kind);
        found.put("class", error.getClass().getSimpleName());
        found.put("message", String.valueOf(root).split("\n")[0]);
        return found;
    }

    private Topology build(final Options o, final Properties config) {
        final StreamsBuilder builder = new StreamsBuilder(new TopologyConfig(new StreamsConfig(config)));
        plan = new Plan(builder);
        for (final Options operator : o.objects("topology")) plan.add(operator);
        return plan.build(config);
    }

    private static Properties config(final Options o) {
        final Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:9092");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, STATE_FOLDER.resolve(String.valueOf(runs++)).toString());
        // Ours has all its metrics at any time.
        properties.put(StreamsConfig.METRICS_RECORDING_LEVEL_CONFIG, "TRACE");
        properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        properties.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
        final JsonNode given = o.node("config");
        if (given == null) return properties;
        for (final Iterator<Map.Entry<String, JsonNode>> fields = given.fields(); fields.hasNext();) {
            final Map.Entry<String, JsonNode> field = fields.next();
            final String value = field.getValue().asText();
            switch (field.getKey()) {
                case "application.id", "statestore.cache.max.bytes", "topology.optimization", "max.task.idle.ms", "processing.guarantee", "upgrade.from", "dsl.store.format",
                    "errors.dead.letter.queue.topic.name", "ensure.explicit.internal.resource.naming", "processing.exception.handler.global.enabled",
                    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__",
                    "__emit.interval.ms.kstreams.windowed.aggregation__" -> properties.put(field.getKey(), value);
                case "deserialization.exception.handler", "processing.exception.handler", "production.exception.handler" ->
                    properties.put(field.getKey(), Handlers.className(value));
                case "processor.wrapper.class" -> properties.put(field.getKey(), Wrappers.className(value));
                case "default.timestamp.extractor" -> {
                    Functions.extractor(value);
                    properties.put(field.getKey(), DefaultExtractor.class);
                    properties.put("oracle.extractor", value);
                }
                case "dsl.store.suppliers.class" -> properties.put(field.getKey(), StoreSuppliers.className(value));
                default -> throw new ScenarioException("configuration key \"" + field.getKey() + "\" is not known");
            }
        }
        return properties;
    }

    /** The extractor that the configuration names. */
    public static final class DefaultExtractor implements TimestampExtractor, org.apache.kafka.common.Configurable {
        private TimestampExtractor inner;

        @Override
        public void configure(final Map<String, ?> configs) {
            inner = Functions.extractor(String.valueOf(configs.get("oracle.extractor")));
        }

        @Override
        public long extract(final org.apache.kafka.clients.consumer.ConsumerRecord<Object, Object> record, final long partitionTime) {
            return inner.extract(record, partitionTime);
        }
    }

    private void step(final TopologyTestDriver driver, final Options step, final ArrayNode reads) {
        if (step.has("pipe")) {
            final TestRecord<byte[], byte[]> record = record(step);
            step.done();
            driver.createInputTopic(step.text("pipe"), new ByteArraySerializer(), new ByteArraySerializer()).pipeInput(record);
        } else if (step.has("advance")) {
            final long by = step.numberOrNull("advance");
            step.done();
            driver.advanceWallClockTime(Duration.ofMillis(by));
        } else {
            final String name = step.text("read");
            reads.add(read(driver, name, step));
            step.done();
        }
    }

    private static TestRecord<byte[], byte[]> record(final Options o) {
        final Headers headers = new RecordHeaders();
        final JsonNode given = o.node("headers");
        if (given != null) addHeaders(given, headers);
        return new TestRecord<>(bytes(o.node("key")), bytes(o.node("value")), headers, o.numberOrNull("timestamp"));
    }

    /** What is in changelogs before the start, by topic. */
    private static Map<String, List<TestRecord<byte[], byte[]>>> changelogs(final Options o) {
        final Map<String, List<TestRecord<byte[], byte[]>>> found = new TreeMap<>();
        final JsonNode given = o.node("changelogs");
        if (given == null) return found;
        given.fields().forEachRemaining(topic -> {
            final List<TestRecord<byte[], byte[]>> records = new ArrayList<>();
            for (final JsonNode each : topic.getValue()) {
                final Options record = new Options(each);
                records.add(record(record));
                record.done();
            }
            found.put(topic.getKey(), records);
        });
        return found;
    }

    /** An object, or pairs of a name and a value. */
    private static void addHeaders(final JsonNode given, final Headers headers) {
        if (given.isArray()) given.forEach(pair -> headers.add(pair.get(0).textValue(), bytes(pair.get(1))));
        else given.fields().forEachRemaining(field -> headers.add(field.getKey(), bytes(field.getValue())));
    }

    private static byte[] bytes(final JsonNode given) {
        if (given == null || given.isNull()) return null;
        if (given.isTextual()) return given.textValue().getBytes(StandardCharsets.UTF_8);
        if (given.isIntegralNumber()) return ByteBuffer.allocate(8).putLong(given.longValue()).array();
        if (given.isObject() && given.has("hex")) return HexFormat.of().parseHex(given.get("hex").textValue());
        throw new ScenarioException("neither a text, a whole number, null nor { hex }: " + given);
    }

    private void capture(final TopologyTestDriver driver) {
        for (final String topic : driver.producedTopicNames()) {
            final ArrayNode records = topics.computeIfAbsent(topic, name -> answer.arrayNode());
            final var output = driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            final List<TestRecord<byte[], byte[]>> read = output.readRecordsToList();
            // A suppress buffer logs the keys of a set, in no order; those of one key are.
            if (isLogOfChanges(driver, topic)) read.sort(Comparator.comparing(TestRecord::key, Arrays::compareUnsigned));
            read.forEach(record -> records.add(line(record)));
            if (isRestoring) written.computeIfAbsent(topic, name -> new ArrayList<>()).addAll(read);
        }
    }

    private static boolean isLogOfChanges(final TopologyTestDriver driver, final String topic) {
        return driver.getAllStateStores().entrySet().stream().anyMatch(entry -> entry.getValue() instanceof InMemoryTimeOrderedKeyValueChangeBuffer<?, ?, ?> && topic.endsWith("-" + entry.getKey() + "-changelog"));
    }

    private static String line(final TestRecord<byte[], byte[]> record) {
        final StringBuilder line = new StringBuilder(hex(record.key())).append(' ').append(hex(record.value())).append(' ').append(record.timestamp());
        for (final Header header : record.headers()) {
            // What names classes and lines of the library differs on purpose.
            final boolean isJava = header.key().matches("__streams\\.errors\\.(exception|message|stacktrace)");
            line.append(' ').append(header.key()).append('=').append(isJava ? "..." : hex(header.value()));
        }
        return line.toString();
    }

    private static String hex(final byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    private ObjectNode read(final TopologyTestDriver driver, final String name, final Options step) {
        final ObjectNode found = answer.objectNode();
        found.put("store", name);
        final boolean isStamped = plan.timestamped.contains(name);
        final StateStore opened = driver.getAllStateStores().get(name);
        if (opened == null) throw new ScenarioException("the topology has no store \"" + name + "\"");
        if (!opened.isOpen()) throw new IllegalStateException("store \"" + name + "\" is not open");
        if (ReadQueries.isQuery(step)) ReadQueries.read(opened, step, isStamped, found);
        else Reads.read(isStamped ? opened : plain(driver, name, opened), step, isStamped, found);
        return found;
    }

    /** As who asks a driver for a store of a table gets it, without timestamps and headers. */
    private static StateStore plain(final TopologyTestDriver driver, final String name, final StateStore opened) {
        StateStore plain = null;
        if (opened instanceof KeyValueStore<?, ?>) plain = driver.getKeyValueStore(name);
        if (opened instanceof WindowStore<?, ?>) plain = driver.getWindowStore(name);
        if (opened instanceof SessionStore<?, ?>) plain = driver.getSessionStore(name);
        return plain == null ? opened : plain;
    }

    /** All metrics can be read. */
    private static void checkMetrics(final TopologyTestDriver driver) {
        driver.metrics().values().forEach(Metric::metricValue);
    }

    private static long dropped(final TopologyTestDriver driver) {
        return driver.metrics().entrySet().stream()
            .filter(entry -> entry.getKey().name().equals("dropped-records-total") && entry.getKey().group().equals("stream-task-metrics"))
            .mapToLong(entry -> ((Number) entry.getValue().metricValue()).longValue()).sum();
    }
}
