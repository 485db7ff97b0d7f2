import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The word count as a Kafka Streams application of Java, exactly once. Arguments: bootstrap servers, application id, group protocol
 * (classic or streams), state directory, what it reads: a topic, or a pattern between slashes; and, if there are to be standbys, how many: the
 * records of changelogs have positions then. Prints its states; runs until its standard input ends.
 */
public final class WordCountApplication {
    private WordCountApplication() {}

    public static void main(final String[] args) throws Exception {
        final Properties config = new Properties();
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
        config.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, args[2]);
        config.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        config.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        if (args[2].equals("classic")) {
            config.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6_000);
            config.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 1_000);
        }

        if (args.length > 5) {
            config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, Integer.parseInt(args[5]));
            config.put(StreamsConfig.InternalConfig.IQ_CONSISTENCY_OFFSET_VECTOR_ENABLED, true);
        }

        final StreamsBuilder builder = new StreamsBuilder();
        final Consumed<String, String> texts = Consumed.with(Serdes.String(), Serdes.String());
        final boolean isPattern = args[4].startsWith("/");
        if (isPattern) config.put(StreamsConfig.consumerPrefix("metadata.max.age.ms"), 1_000);
        final KStream<String, String> lines = isPattern
            ? builder.stream(Pattern.compile(args[4].substring(1, args[4].length() - 1)), texts) : builder.stream(args[4], texts);
        lines
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
            .count(Materialized.as("counts"))
            .toStream()
            .to("word-counts", Produced.with(Serdes.String(), Serdes.Long()));

        final CountDownLatch failed = new CountDownLatch(1);
        try (KafkaStreams streams = new KafkaStreams(builder.build(), config)) {
            streams.setStateListener((state, before) -> {
                System.out.println(state);
                if (state == KafkaStreams.State.ERROR) failed.countDown();
            });
            streams.start();
            while (System.in.read() >= 0) {
                if (failed.getCount() == 0) break;
            }
            streams.close(Duration.ofSeconds(20));
        }
    }
}
