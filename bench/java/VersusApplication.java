import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The application of Java that Millrace is measured against; bench/versus/application.ts is its twin. Arguments: names and values, each
 * name=value; those that begin with "config." go to Kafka Streams. Tells what happens as lines of text, each with the time and the CPU time
 * of the process; takes orders from its standard input, and closes when that ends.
 */
public final class VersusApplication {
    private static final AtomicLong PROCESSED = new AtomicLong();
    private static final Path STAT = Path.of("/proc/self/stat");

    private VersusApplication() {}

    public static void main(final String[] arguments) throws Exception {
        final Map<String, String> options = new HashMap<>();
        final Properties config = new Properties();
        for (final String argument : arguments) {
            final int equals = argument.indexOf('=');
            final String name = argument.substring(0, equals);
            final String value = argument.substring(equals + 1);
            if (name.startsWith("config.")) config.put(name.substring("config.".length()), value);
            else options.put(name, value);
        }

        final KafkaStreams streams = new KafkaStreams(topology(options), config);
        streams.setStateListener((state, before) -> say("state " + state));
        streams.setGlobalStateRestoreListener(new StateRestoreListener() {
            @Override
            public void onRestoreStart(final TopicPartition at, final String store, final long from, final long to) {
                say("restore-start " + store);
            }

            @Override
            public void onBatchRestored(final TopicPartition at, final String store, final long end, final long count) {}

            @Override
            public void onRestoreEnd(final TopicPartition at, final String store, final long restored) {
                say("restore-end " + store + " " + restored);
            }
        });
        say("start");
        streams.start();

        final BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null && !order.equals("close"); order = orders.readLine()) {
            final String[] words = order.split(" ");
            if (words[0].equals("processed")) say("processed " + words[1] + " " + PROCESSED.get());
            if (words[0].equals("verify")) verify(streams, Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        }
        streams.close(CloseOptions.timeout(Duration.ofSeconds(60))
            .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        say("closed");
    }

    private static Topology topology(final Map<String, String> options) {
        final StreamsBuilder builder = new StreamsBuilder();
        final KeyValueBytesStoreSupplier store = options.get("store").equals("in-memory")
            ? Stores.inMemoryKeyValueStore("store")
            : Stores.persistentTimestampedKeyValueStore("store");
        switch (options.get("topology")) {
            case "table":
                builder.table(
                    options.get("input"),
                    Consumed.with(Serdes.String(), Serdes.String()),
                    Materialized.<String, String>as(store).withKeySerde(Serdes.String()).withValueSerde(Serdes.String()));
                break;
            case "count":
                builder.stream(options.get("input"), Consumed.with(Serdes.String(), Serdes.String()))
                    .peek((key, value) -> PROCESSED.incrementAndGet())
                    .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
                    .count(Materialized.<String, Long>as(store).withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
                    .toStream()
                    .to(options.get("output"), Produced.with(Serdes.String(), Serdes.Long()));
                break;
            default:
                throw new IllegalArgumentException("unknown topology " + options.get("topology"));
        }
        return builder.build();
    }

    /** Reads every step-th of the keys that were loaded and says what they come to. */
    private static void verify(final KafkaStreams streams, final int count, final int step) {
        final ReadOnlyKeyValueStore<String, Object> store =
            streams.store(StoreQueryParameters.fromNameAndType("store", QueryableStoreTypes.keyValueStore()));
        final CRC32 checksum = new CRC32();
        int found = 0;
        for (int index = 0; index < count; index += step) {
            final Object value = store.get(String.format("k%09d", index));
            if (value == null) continue;
            found++;
            checksum.update(value.toString().getBytes(StandardCharsets.UTF_8));
        }
        say("verified " + found + ":" + checksum.getValue());
    }

    private static synchronized void say(final String what) {
        System.out.println(System.currentTimeMillis() + " " + cpuMs() + " " + what);
        System.out.flush();
    }

    /** CPU time of all threads of this process so far, in milliseconds; the kernel counts hundredths of a second. */
    private static long cpuMs() {
        try {
            final String stat = Files.readString(STAT);
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
        } catch (final java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
