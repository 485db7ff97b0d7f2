import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.query.KeyQuery;
import org.apache.kafka.streams.query.MultiVersionedKeyQuery;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.RangeQuery;
import org.apache.kafka.streams.query.TimestampedKeyQuery;
import org.apache.kafka.streams.query.TimestampedRangeQuery;
import org.apache.kafka.streams.query.VersionedKeyQuery;
import org.apache.kafka.streams.query.WindowKeyQuery;
import org.apache.kafka.streams.query.WindowRangeQuery;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.VersionedRecord;
import org.apache.kafka.streams.state.VersionedRecordIterator;
import org.apache.kafka.streams.state.WindowStoreIterator;

/**
 * Asks stores of every kind of the Java library with queries of every kind and prints, as JSON, what each answers: the result or the reason
 * for none, and the position. test/golden/queries.ts has the same application and the same queries.
 */
public final class Queries {
    private static final Serde<String> S = Serdes.String();
    private static final Duration HISTORY = Duration.ofMinutes(10);
    private static final List<String> LINES = new ArrayList<>();

    public static void main(final String[] args) {
        final Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "queries");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        try (TopologyTestDriver driver = new TopologyTestDriver(build().build(), config, Instant.ofEpochMilli(0))) {
            final TestInputTopic<String, String> words = driver.createInputTopic("words", new StringSerializer(), new StringSerializer());
            final TestInputTopic<String, String> rates = driver.createInputTopic("rates", new StringSerializer(), new StringSerializer());
            words.pipeInput("a", "A", 10);
            words.pipeInput("b", "B", 20);
            words.pipeInput("c", "no", 150);
            words.pipeInput("a", "A2", 160);
            words.pipeInput("d", "no", 170);
            words.pipeInput("b", (String) null, 180);
            rates.pipeInput("eur", "1.0", 1000);
            rates.pipeInput("eur", "1.1", 2000);
            rates.pipeInput("eur", (String) null, 3000);
            rates.pipeInput("eur", "1.2", 20000);
            for (final String store : List.of("latest", "filtered", "plain", "per-window", "visits", "history")) ask(driver, store);
        }
        System.out.println("[\n" + String.join(",\n", LINES) + "\n]");
    }

    private static StreamsBuilder build() {
        final StreamsBuilder builder = new StreamsBuilder();
        final KStream<String, String> words = builder.stream("words", Consumed.with(S, S));
        words.toTable(Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("latest").withKeySerde(S).withValueSerde(S))
            .filter((key, value) -> !value.equals("no"), Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("filtered").withKeySerde(S).withValueSerde(S));
        words.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMillis(100), Duration.ofMillis(1000)))
            .count(Materialized.as("per-window"));
        words.groupByKey().windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofMillis(50), Duration.ofMillis(1000)))
            .count(Materialized.as("visits"));
        builder.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("plain"), S, S));
        words.process(() -> new ContextualProcessor<String, String, Void, Void>() {
            @Override
            public void process(final Record<String, String> record) {
                final KeyValueStore<String, String> store = context().getStateStore("plain");
                store.put(record.key(), record.value());
            }
        }, "plain");
        builder.table("rates", Consumed.with(S, S), Materialized.<String, String>as(Stores.persistentVersionedKeyValueStore("history", HISTORY)));
        return builder;
    }

    private static void ask(final TopologyTestDriver driver, final String name) {
        final StateStore store = driver.getAllStateStores().get(name);
        final boolean isVersioned = name.equals("history");
        if (!isVersioned) {
            query(store, "key a", KeyQuery.<String, Object>withKey("a"), null);
            query(store, "key nobody", KeyQuery.<String, Object>withKey("nobody"), null);
            query(store, "range", RangeQuery.<String, Object>withNoBounds(), null);
            query(store, "range a to b descending", RangeQuery.<String, Object>withRange("a", "b").withDescendingKeys(), null);
            query(store, "range from b", RangeQuery.<String, Object>withLowerBound("b"), null);
        }
        query(store, "timestamped key a", TimestampedKeyQuery.<String, Object>withKey("a"), null);
        query(store, "timestamped range", TimestampedRangeQuery.<String, Object>withNoBounds(), null);
        query(store, "windows of a", WindowKeyQuery.<String, Object>withKeyAndWindowStartRange("a", Instant.ofEpochMilli(0), Instant.ofEpochMilli(100)), null);
        query(store, "windows from 100", WindowRangeQuery.<String, Object>withWindowStartRange(Instant.ofEpochMilli(100), Instant.ofEpochMilli(1000)), null);
        query(store, "sessions of a", WindowRangeQuery.<String, Object>withKey("a"), null);
        if (isVersioned) {
            for (final long asOf : new long[] {999, 1000, 1999, 2000, 3500, 20000}) {
                // A version that there is none of makes Java's store throw.
                if (asOf != 999 && asOf != 3500) query(store, "eur as of " + asOf, VersionedKeyQuery.<String, Object>withKey("eur").asOf(Instant.ofEpochMilli(asOf)), null);
            }
            query(store, "eur", VersionedKeyQuery.<String, Object>withKey("eur"), null);
            for (final long[] span : new long[][] {{0, 30000}, {0, 999}, {1000, 1000}, {1999, 2000}, {2000, 3000}, {3000, 19999}, {20000, 30000}}) {
                final MultiVersionedKeyQuery<String, Object> versions = MultiVersionedKeyQuery.<String, Object>withKey("eur")
                    .fromTime(Instant.ofEpochMilli(span[0])).toTime(Instant.ofEpochMilli(span[1]));
                query(store, "versions from " + span[0] + " to " + span[1], versions, null);
                query(store, "versions from " + span[0] + " to " + span[1] + " ascending", versions.withAscendingTimestamps(), null);
            }
        } else {
            query(store, "versions", VersionedKeyQuery.<String, Object>withKey("a"), null);
        }
        final Map<String, Map<String, Map<Integer, Long>>> bounds = Map.of(
            "words 0 at 5", Map.of("words", Map.of(0, 5L)),
            "words 0 at 3", Map.of("words", Map.of(0, 3L)),
            "words 0 at 6", Map.of("words", Map.of(0, 6L)),
            "words 1 at 6", Map.of("words", Map.of(1, 6L)),
            "others 0 at 0", Map.of("others", Map.of(0, 0L)),
            "rates 0 at 3", Map.of("rates", Map.of(0, 3L)));
        for (final String bound : bounds.keySet().stream().sorted().toList()) {
            if (isVersioned) query(store, "eur up to " + bound, VersionedKeyQuery.<String, Object>withKey("eur"), Position.fromMap(bounds.get(bound)));
            else if (name.equals("per-window")) query(store, "windows up to " + bound, WindowKeyQuery.<String, Object>withKeyAndWindowStartRange("a", Instant.ofEpochMilli(0), Instant.ofEpochMilli(100)), Position.fromMap(bounds.get(bound)));
            else if (name.equals("visits")) query(store, "sessions up to " + bound, WindowRangeQuery.<String, Object>withKey("a"), Position.fromMap(bounds.get(bound)));
            else query(store, "key up to " + bound, KeyQuery.<String, Object>withKey("a"), Position.fromMap(bounds.get(bound)));
        }
    }

    private static <R> void query(final StateStore store, final String title, final Query<R> query, final Position bound) {
        final QueryResult<R> answer = store.query(query, bound == null ? PositionBound.unbounded() : PositionBound.at(bound), new QueryConfig(false));
        final String said = answer.isSuccess() ? "\"result\": " + text(answer.getResult()) : "\"reason\": \"" + answer.getFailureReason() + "\"";
        final String position = answer.getPosition() == null || answer.getPosition().isEmpty() ? "{}" : position(answer.getPosition());
        LINES.add("  { \"store\": \"" + store.name() + "\", \"query\": \"" + title + "\", " + said + ", \"position\": \"" + position + "\" }");
    }

    private static String position(final Position position) {
        final List<String> entries = new ArrayList<>();
        for (final String topic : position.getTopics().stream().sorted().toList()) {
            position.getPartitionPositions(topic).forEach((partition, offset) -> entries.add(topic + "-" + partition + ": " + offset));
        }
        return "{" + String.join(", ", entries) + "}";
    }

    private static String text(final Object result) {
        if (result == null) return "null";
        final StringBuilder shown = new StringBuilder("\"");
        if (result instanceof WindowStoreIterator<?> windows) {
            while (windows.hasNext()) {
                final KeyValue<Long, ?> row = windows.next();
                shown.append(row.key).append("=").append(one(row.value)).append(" ");
            }
            windows.close();
        } else if (result instanceof KeyValueIterator<?, ?> rows) {
            while (rows.hasNext()) {
                final KeyValue<?, ?> row = rows.next();
                shown.append(one(row.key)).append("=").append(one(row.value)).append(" ");
            }
            rows.close();
        } else if (result instanceof VersionedRecordIterator<?> versions) {
            while (versions.hasNext()) shown.append(one(versions.next())).append(" ");
            versions.close();
        } else {
            shown.append(one(result));
        }
        return shown.toString().trim() + "\"";
    }

    private static String one(final Object value) {
        if (value instanceof ValueAndTimestamp<?> stamped) return stamped.value() + "@" + stamped.timestamp();
        if (value instanceof Windowed<?> windowed) return windowed.key() + "[" + windowed.window().start() + "," + windowed.window().end() + "]";
        if (value instanceof VersionedRecord<?> version) {
            return version.value() + "@" + version.timestamp() + "-" + version.validTo().map(String::valueOf).orElse("");
        }
        return String.valueOf(value);
    }
}
