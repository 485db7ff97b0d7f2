import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.internals.Murmur3;
import org.apache.kafka.streams.state.internals.PositionSerde;

/**
 * Kafka's own record batches, positions and hashes. Every line of the input is a question, every line of the output its answer:
 * "write CODEC COUNT" a batch as hex; "read HEX" the records of a batch as text; "position TOPIC PARTITION OFFSET ..." a position as hex;
 * "murmur2 HEX" and "murmur3 HEX" the hash of some bytes.
 */
public class RecordBatches {
    private static final HexFormat HEX = HexFormat.of();
    private static final long BASE_TIMESTAMP = 1_700_000_000_000L;

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 3);
            byte[] bytes = words[0].equals("write") || words[0].equals("position") ? null : HEX.parseHex(words.length > 1 ? words[1] : "");
            System.out.println(switch (words[0]) {
                case "write" -> write(CompressionType.forName(words[1]), Integer.parseInt(words[2]));
                case "read" -> read(bytes);
                case "position" -> position(line.split(" "));
                case "murmur2" -> Integer.toString(Utils.murmur2(bytes));
                case "murmur3" -> murmur3(bytes);
                default -> throw new IllegalArgumentException(line);
            });
        }
    }

    private static String position(String[] words) {
        Position position = Position.emptyPosition();
        for (int index = 1; index < words.length; index += 3) {
            position.withComponent(words[index], Integer.parseInt(words[index + 1]), Long.parseLong(words[index + 2]));
        }
        return HEX.formatHex(PositionSerde.serialize(position).array());
    }

    private static String murmur3(byte[] bytes) {
        long[] hash = Murmur3.hash128(bytes);
        return HEX.toHexDigits(hash[0]) + HEX.toHexDigits(hash[1]);
    }

    /** Records with null keys, null values and headers now and then. */
    private static String write(CompressionType type, int count) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        MemoryRecordsBuilder builder = MemoryRecords.builder(buffer, RecordBatch.MAGIC_VALUE_V2, Compression.of(type).build(),
            TimestampType.CREATE_TIME, 100L, RecordBatch.NO_TIMESTAMP, 1000L, (short) 2, 7, true, 5);
        for (int index = 0; index < count; index++) {
            byte[] key = index % 5 == 3 ? null : ("key-" + index).getBytes();
            byte[] value = index % 7 == 5 ? null : ("value of record number " + index + " " + "abc".repeat(index % 40)).getBytes();
            Header[] headers = index % 4 == 1
                ? new Header[] {new RecordHeader("h", new byte[] {(byte) index}), new RecordHeader("n", (byte[]) null)}
                : new Header[0];
            builder.append(BASE_TIMESTAMP + index * 37L, key, value, headers);
        }
        MemoryRecords records = builder.build();
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().duplicate().get(bytes);
        return HEX.formatHex(bytes);
    }

    private static String read(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            batch.ensureValid();
            text.append(batch.baseOffset()).append(' ').append(batch.lastOffset()).append(' ').append(batch.producerId());
            if (batch.isControlBatch()) text.append(" control");
            for (Record record : batch) {
                text.append(" | ").append(record.offset()).append(' ').append(record.timestamp());
                text.append(' ').append(hex(record.key())).append(' ').append(hex(record.value()));
                for (Header header : record.headers()) {
                    text.append(' ').append(header.key()).append('=');
                    text.append(header.value() == null ? "null" : HEX.formatHex(header.value()));
                }
            }
        }
        return text.toString();
    }

    private static String hex(ByteBuffer bytes) {
        return bytes == null ? "null" : "x" + HEX.formatHex(Utils.toArray(bytes));
    }
}
