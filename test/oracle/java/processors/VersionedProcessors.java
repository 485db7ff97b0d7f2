package oracle;

import static oracle.Functions.text;

import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.VersionedKeyValueStore;
import org.apache.kafka.streams.state.VersionedRecord;

/** Processors with versioned stores; test/oracle/processors/versioned.ts is the twin. */
final class VersionedProcessors {
    /** What is done with a record that has a key. */
    private interface Step {
        void process(ProcessorContext<Object, Object> context, VersionedKeyValueStore<Object, Object> store, Record<Object, Object> record);
    }

    private static void keyed(final Processors all, final String name, final Step step) {
        all.free(name, (context, stores) -> {
            final VersionedKeyValueStore<Object, Object> store = stores.get(0);
            return record -> {
                if (record.key() != null) step.process(context, store, record);
            };
        });
    }

    static void add(final Processors all) {
        keyed(all, "versionedPut", (context, store, record) -> {
            final long validTo = store.put(record.key(), record.value(), record.timestamp());
            final String said = validTo == VersionedKeyValueStore.PUT_RETURN_CODE_NOT_PUT ? "no" : String.valueOf(validTo);
            context.forward(record.withValue(said + " " + history(store, record.key())));
        });
        keyed(all, "versionedDelete", (context, store, record) -> {
            if (record.value() != null) store.put(record.key(), record.value(), record.timestamp());
            else context.forward(record.withValue(shown(store.delete(record.key(), record.timestamp()))));
        });
        keyed(all, "versionedLookup", (context, store, record) -> context.forward(record.withValue(
            shown(store.get(record.key(), record.timestamp())) + " " + shown(store.get(record.key(), record.timestamp() - 20)))));
    }

    /** The versions of a key, the latest first, as far as one begins where the next ends. */
    static String history(final VersionedKeyValueStore<Object, Object> store, final Object key) {
        final StringBuilder found = new StringBuilder();
        for (VersionedRecord<Object> version = store.get(key); version != null; version = store.get(key, version.timestamp() - 1)) {
            if (found.length() > 0) found.append(' ');
            found.append(shown(version));
        }
        return found.toString();
    }

    /** A version of a row: value and time. */
    static String shown(final VersionedRecord<?> version) {
        if (version == null) return "null";
        return text(version.value()) + "@" + version.timestamp();
    }

    private VersionedProcessors() { }
}
