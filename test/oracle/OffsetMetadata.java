import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.kafka.streams.processor.internals.ProcessorMetadata;
import org.apache.kafka.streams.processor.internals.TopicPartitionMetadata;

/**
 * The metadata that Kafka Streams keeps with committed offsets. Every line of the input is a question, every line of the output its answer:
 * "encode TIME NAME TIME ..." the text with a partition time and times of processors; "decode TEXT NAME ..." what it reads of it: the partition
 * time, then the time of each processor.
 */
public class OffsetMetadata {
    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            System.out.println(words[0].equals("encode") ? encode(words) : decode(words));
        }
    }

    private static String encode(String[] words) {
        ProcessorMetadata processors = new ProcessorMetadata();
        for (int i = 2; i < words.length; i += 2) processors.put(words[i], Long.parseLong(words[i + 1]));
        return new TopicPartitionMetadata(Long.parseLong(words[1]), processors).encode();
    }

    private static String decode(String[] words) {
        TopicPartitionMetadata metadata = TopicPartitionMetadata.decode(words[1]);
        StringBuilder answer = new StringBuilder().append(metadata.partitionTime());
        for (int i = 2; i < words.length; i++) answer.append(' ').append(metadata.processorMetadata().get(words[i]));
        return answer.toString();
    }
}
