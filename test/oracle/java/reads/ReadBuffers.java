package oracle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.kafka.streams.state.internals.InMemoryTimeOrderedKeyValueChangeBuffer;
import org.apache.kafka.streams.state.internals.TimeOrderedKeyValueBuffer;

/** How full a buffer is; test/oracle/reads/buffer.ts is the twin. */
final class ReadBuffers {
    static void read(final TimeOrderedKeyValueBuffer<?, ?, ?> buffer, final ObjectNode found) {
        found.put("records", String.valueOf(buffer.numRecords()));
        found.put("bytes", String.valueOf(buffer.bufferSize()));
        final boolean isInMemory = buffer instanceof InMemoryTimeOrderedKeyValueChangeBuffer<?, ?, ?>;
        if (isInMemory && !buffer.toString().contains(buffer.name())) throw new IllegalStateException("a buffer does not say its name");
    }

    private ReadBuffers() { }
}
