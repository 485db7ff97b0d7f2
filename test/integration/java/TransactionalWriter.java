import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes transactions of ten records each to both partitions of a topic; every third one is aborted. Arguments: bootstrap servers, topic,
 * number of transactions. The value of a record is the number of its transaction; prints how many were committed.
 */
public final class TransactionalWriter {
    private TransactionalWriter() {}

    public static void main(final String[] args) {
        final Properties config = new Properties();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "transactional-writer");
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
        int committed = 0;
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config)) {
            producer.initTransactions();
            for (int number = 0; number < Integer.parseInt(args[2]); number++) {
                producer.beginTransaction();
                for (int record = 0; record < 10; record++) {
                    producer.send(new ProducerRecord<>(args[1], record % 2, "key-" + record, Integer.toString(number)));
                }
                if (number % 3 == 2) {
                    producer.flush();
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                    committed++;
                }
            }
        }
        System.out.println("committed " + committed);
    }
}
