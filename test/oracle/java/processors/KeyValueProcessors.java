package oracle;

import static oracle.Functions.text;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.ValueTimestampHeaders;

/** Processors with key-value stores. */
final class KeyValueProcessors {
    /** What is done with a record that has a key. */
    private interface Step {
        void process(ProcessorContext<Object, Object> context, KeyValueStore<Object, Object> store, Record<Object, Object> record);
    }

    private static void keyed(final Processors all, final String name, final Step step) {
        all.free(name, (context, stores) -> {
            final KeyValueStore<Object, Object> store = stores.get(0);
            return record -> {
                if (record.key() != null) step.process(context, store, record);
            };
        });
    }

    static void add(final Processors all) {
        keyed(all, "remember", (context, store, record) -> {
            final Object before = store.get(record.key());
            store.put(record.key(), record.value());
            context.forward(record.withValue((Object) (text(before) + ">" + text(record.value()))).withTimestamp(record.timestamp() + 1));
        });
        keyed(all, "rememberTimestamped", (context, store, record) -> {
            final ValueAndTimestamp<?> before = (ValueAndTimestamp<?>) store.get(record.key());
            store.put(record.key(), ValueAndTimestamp.make(record.value(), record.timestamp()));
            context.forward(record.withValue(before == null ? "none" : text(before.value()) + "@" + before.timestamp()));
        });
        keyed(all, "rememberHeaders", (context, store, record) -> {
            final ValueTimestampHeaders<?> before = (ValueTimestampHeaders<?>) store.get(record.key());
            store.put(record.key(), ValueTimestampHeaders.make(record.value(), record.timestamp(), record.headers()));
            final StringBuilder kept = new StringBuilder();
            if (before != null) for (final Header header : before.headers()) kept.append(kept.length() == 0 ? "" : " ").append(header.key());
            context.forward(record.withValue(before == null ? "none" : text(before.value()) + "@" + before.timestamp() + " " + kept));
        });
        keyed(all, "firstOnly", (context, store, record) -> {
            if (record.value() != null && store.putIfAbsent(record.key(), record.value()) == null) context.forward(record);
        });
        keyed(all, "deleteOld", (context, store, record) -> {
            final Object before = store.delete(record.key());
            if (before == null) store.put(record.key(), record.value());
            context.forward(record.withValue(text(before)));
        });
        keyed(all, "scan", (context, store, record) -> {
            store.put(record.key(), record.value());
            forwardAll(context, store, record.timestamp());
        });
        keyed(all, "sweep", (context, store, record) -> {
            if (record.value() != null) context.forward(record.withValue(swept(store, record.key(), record.value())));
        });
        keyed(all, "sweepTimestamped", (context, store, record) -> {
            if (record.value() != null) context.forward(record.withValue(swept(store, record.key(), ValueAndTimestamp.make(record.value(), record.timestamp()))));
        });
        keyed(all, "count", (context, store, record) -> {
            store.put(record.key(), record.value());
            context.forward(record.withValue(String.valueOf(store.approximateNumEntries())));
        });
        keyed(all, "tableLookup", (context, store, record) -> {
            final Object row = store.get(record.key());
            final Object value = row instanceof ValueTimestampHeaders<?> headed ? headed.value() : row instanceof ValueAndTimestamp<?> stamped ? stamped.value() : row;
            context.forward(record.withValue(text(record.value()) + "/" + text(value)));
        });
        all.free("scanTimer", (context, stores) -> {
            final KeyValueStore<Object, Object> store = stores.get(0);
            context.schedule(Duration.ofMillis(1000), PunctuationType.WALL_CLOCK_TIME, time -> forwardAll(context, store, time));
            return record -> {
                if (record.key() != null) store.put(record.key(), record.value());
            };
        });
        all.free("shift", (context, stores) -> {
            final KeyValueStore<Object, Object> store = stores.get(0);
            final KeyValueStore<Object, Object> second = stores.get(1);
            return record -> {
                if (record.key() == null) return;
                final Object before = store.get(record.key());
                final Object older = second.get(record.key());
                if (before != null) second.put(record.key(), before);
                store.put(record.key(), record.value());
                final String held = text(older) + "<" + text(before) + "<" + text(record.value());
                context.forward(record.withValue(held.substring(Math.max(0, held.length() - 200))));
            };
        });
        all.fixed("remember", (context, stores) -> {
            final KeyValueStore<Object, Object> store = stores.get(0);
            return record -> {
                if (record.key() == null) return;
                final Object before = store.get(record.key());
                store.put(record.key(), record.value());
                context.forward(record.withValue(text(before) + ">" + text(record.value())).withTimestamp(record.timestamp() + 1));
            };
        });
    }

    /** What a store gives after changes of all kinds. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static String swept(final KeyValueStore<Object, Object> store, final Object key, final Object value) {
        store.putAll(List.of(KeyValue.pair(key, value), KeyValue.pair(text(key) + "!", value)));
        final Object before = store.putIfAbsent(text(key) + "?", value);
        final Object gone = store.delete(text(key) + "!");
        final KeyValueIterator<Object, Object> prefixed = store.prefixScan(text(key), (Serializer) new StringSerializer());
        return (before == null) + " " + (gone == null) + " "
            + String.join(" | ", keys(store.all()), keys(store.range(key, null)), keys(store.range(null, key)), keys(store.range("a", "b")), keys(prefixed));
    }

    private static String keys(final KeyValueIterator<Object, Object> rows) {
        final List<String> found = new ArrayList<>();
        try (rows) {
            while (rows.hasNext()) {
                final Object peeked = rows.peekNextKey();
                final Object key = rows.next().key;
                if (!key.equals(peeked)) throw new IllegalStateException("the key that was peeked is not the next one");
                found.add(text(key));
            }
        }
        return String.join(" ", found);
    }

    private static void forwardAll(final ProcessorContext<Object, Object> context, final KeyValueStore<Object, Object> store, final long time) {
        final List<KeyValue<Object, Object>> rows = new ArrayList<>();
        try (KeyValueIterator<Object, Object> all = store.all()) {
            all.forEachRemaining(rows::add);
        }
        for (final KeyValue<Object, Object> row : rows) context.forward(new Record<>(row.key, row.value, time));
    }

    private KeyValueProcessors() { }
}
