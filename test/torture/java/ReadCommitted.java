import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads a topic from its start to the end that it has now, as a consumer with isolation level read_committed. Arguments: bootstrap
 * servers, topic. Prints a line for each record: partition, offset, timestamp, key and value, separated by tabs; the last line is
 * "end" and how many records there were.
 */
public final class ReadCommitted {
    private ReadCommitted() {}

    public static void main(final String[] args) {
        final Properties config = new Properties();
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        final StringBuilder out = new StringBuilder();
        int count = 0;
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(config)) {
            final List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(args[1]).forEach(info -> partitions.add(new TopicPartition(args[1], info.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            final Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (final ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    out.append(record.partition()).append('\t').append(record.offset()).append('\t').append(record.timestamp())
                        .append('\t').append(record.key()).append('\t').append(record.value()).append('\n');
                    count++;
                }
            }
        }
        System.out.print(out);
        System.out.println("end\t" + count);
    }
}
