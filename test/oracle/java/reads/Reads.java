package oracle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.VersionedKeyValueStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.internals.TimeOrderedKeyValueBuffer;

/** Reads stores of every kind; test/oracle/reads/registry.ts is the twin. */
@SuppressWarnings("unchecked")
final class Reads {
    /** What a read says, by name, goes to {@code found}. {@code stamped}: with the timestamps of values. */
    static void read(final StateStore store, final Options o, final boolean stamped, final ObjectNode found) {
        if (store instanceof TimeOrderedKeyValueBuffer<?, ?, ?> buffer) ReadBuffers.read(buffer, found);
        else if (ReadLists.isList(store.name())) ReadLists.read((KeyValueStore<?, ?>) store, found);
        else if (store instanceof KeyValueStore<?, ?>) ReadKeyValues.read((KeyValueStore<Object, Object>) store, o, stamped, found);
        else if (store instanceof WindowStore<?, ?>) ReadWindows.read((WindowStore<Object, Object>) store, o, stamped, found);
        else if (store instanceof SessionStore<?, ?>) ReadSessions.read((SessionStore<Object, Object>) store, o, found);
        else if (store instanceof VersionedKeyValueStore<?, ?>) ReadVersions.read((VersionedKeyValueStore<Object, Object>) store, o, found);
        else throw new ScenarioException("reading a store of kind \"" + store.getClass().getSimpleName() + "\" is not known");
    }

    private Reads() { }
}
