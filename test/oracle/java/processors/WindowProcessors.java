package oracle;

import static oracle.Functions.text;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.ValueTimestampHeaders;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/** Processors with window stores, whose windows start at multiples of ten milliseconds. */
final class WindowProcessors {
    /** What is done with a record that has a key. */
    private interface Step {
        void process(ProcessorContext<Object, Object> context, WindowStore<Object, Object> store, Record<Object, Object> record);
    }

    private static void keyed(final Processors all, final String name, final Step step) {
        all.free(name, (context, stores) -> {
            final WindowStore<Object, Object> store = stores.get(0);
            return record -> {
                if (record.key() != null) step.process(context, store, record);
            };
        });
    }

    static void add(final Processors all) {
        keyed(all, "windowPut", (context, store, record) -> {
            final long start = startOf(record.timestamp());
            store.put(record.key(), record.value(), start);
            context.forward(record.withValue(rows(store.fetch(record.key(), Math.max(0, start - 30), start))));
        });
        keyed(all, "windowPutBackward", (context, store, record) -> {
            final long start = startOf(record.timestamp());
            final Object before = store.fetch(record.key(), start);
            store.put(record.key(), record.value(), start);
            context.forward(record.withValue(text(before) + ": " + rows(store.backwardFetch(record.key(), 0, Long.MAX_VALUE))));
        });
        keyed(all, "windowPutStamped", (context, store, record) -> {
            final long start = startOf(record.timestamp());
            store.put(record.key(), ValueAndTimestamp.make(record.value(), record.timestamp()), start);
            context.forward(record.withValue(rows(store.fetch(record.key(), Math.max(0, start - 30), start))));
        });
        keyed(all, "windowScan", (context, store, record) -> {
            final List<String> found = new ArrayList<>();
            try (KeyValueIterator<Windowed<Object>, Object> rows = store.fetchAll(Math.max(0, record.timestamp() - 20), record.timestamp() + 20)) {
                rows.forEachRemaining(row -> found.add(text(row.key) + "=" + text(row.value)));
            }
            context.forward(record.withValue(String.join(" ", found)));
        });
        keyed(all, "windowSweep", (context, store, record) -> {
            if (record.value() == null) return;
            store.put(record.key(), record.value(), startOf(record.timestamp()));
            context.forward(record.withValue(String.join(" | ", shown(store.all()), shown(store.fetch("a", "b", 0, Long.MAX_VALUE)),
                shown(store.fetch(record.key(), record.key(), 10, 40)), rows(store.fetch(record.key(), 10, 40)))));
        });
        keyed(all, "windowLookup", (context, store, record) -> context.forward(record.withValue(rows(store.fetch(record.key(), 0, Long.MAX_VALUE)))));
    }

    private static String shown(final KeyValueIterator<Windowed<Object>, Object> rows) {
        final List<String> found = new ArrayList<>();
        try (rows) {
            while (rows.hasNext()) {
                final Windowed<Object> peeked = rows.peekNextKey();
                final var row = rows.next();
                if (!row.key.equals(peeked)) throw new IllegalStateException("the key that was peeked is not the next one");
                found.add(text(row.key) + "=" + text(row.value));
            }
        }
        return String.join(" ", found);
    }

    private static String rows(final WindowStoreIterator<Object> rows) {
        final List<String> found = new ArrayList<>();
        try (rows) {
            rows.forEachRemaining(row -> found.add(row.key + "=" + text(bare(row.value))));
        }
        return String.join(" ", found);
    }

    private static Object bare(final Object row) {
        if (row instanceof ValueTimestampHeaders<?> headed) return headed.value();
        return row instanceof ValueAndTimestamp<?> stamped ? stamped.value() : row;
    }

    private static long startOf(final long time) {
        return Math.floorDiv(time, 10L) * 10;
    }

    private WindowProcessors() { }
}
