import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.zip.CRC32;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * The application of Java that Millrace is measured against; bench/versus/application/application.ts is its twin. Arguments: names and values, each
 * name=value; those that begin with "config." go to Kafka Streams. Tells what happens as lines of text, each with the time and the CPU time
 * of the process; takes orders from its standard input, and closes when that ends.
 */
public final class VersusApplication {
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

        final Progress progress = new Progress(Long.parseLong(options.getOrDefault("steps", "0")));
        final KafkaStreams streams = new KafkaStreams(Topologies.of(options, progress), config);
        streams.setStateListener((state, before) -> Telling.say("state " + state));
        streams.setGlobalStateRestoreListener(new RestoreTeller());
        Telling.say("start");
        streams.start();

        final BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null && !order.equals("close"); order = orders.readLine()) {
            final String[] words = order.split(" ");
            if (words[0].equals("processed")) Telling.say("processed " + words[1] + " " + progress.done());
            if (words[0].equals("verify")) verify(streams, Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        }
        streams.close(CloseOptions.timeout(Duration.ofSeconds(60))
            .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        Telling.say("closed");
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
        Telling.say("verified " + found + ":" + checksum.getValue());
    }

    private static final class RestoreTeller implements StateRestoreListener {
        @Override
        public void onRestoreStart(final TopicPartition at, final String store, final long from, final long to) {
            Telling.say("restore-start " + store);
        }

        @Override
        public void onBatchRestored(final TopicPartition at, final String store, final long end, final long count) {}

        @Override
        public void onRestoreEnd(final TopicPartition at, final String store, final long restored) {
            Telling.say("restore-end " + store + " " + restored);
        }
    }
}
