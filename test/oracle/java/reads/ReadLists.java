package oracle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.LeftOrRightValue;
import org.apache.kafka.streams.state.internals.TimestampedKeyAndJoinSide;

/** All rows of what a left or outer join of streams keeps; test/oracle/reads/list.ts is the twin. */
@SuppressWarnings("unchecked")
final class ReadLists {
    private static final Pattern SHARED = Pattern.compile("^KSTREAM-OUTERSHARED-[0-9]{10}-store$|-(left|outer)-shared-join-store$");

    static boolean isList(final String store) {
        return SHARED.matcher(store).find();
    }

    static void read(final KeyValueStore<?, ?> store, final ObjectNode found) {
        final ArrayNode rows = found.putArray("all");
        final Map<KeyValue<?, ?>, Integer> counted = new HashMap<>();
        each(store, row -> {
            counted.merge(row, 1, Integer::sum);
            final TimestampedKeyAndJoinSide<?> key = (TimestampedKeyAndJoinSide<?>) row.key;
            final LeftOrRightValue<?, ?> value = (LeftOrRightValue<?, ?>) row.value;
            final Object side = key.isLeftSide() ? value.leftValue() : value.rightValue();
            final String name = key.isLeftSide() ? "left" : "right";
            rows.add(Shown.hex(key.key()) + "@" + key.timestamp() + " " + name + " " + Shown.hex(side));
            if (!key.toString().startsWith("<" + name) || !value.toString().startsWith("<" + name)) throw new IllegalStateException("a row does not say its side");
        });
        // Bytes are not equal to others with the same content.
        if (counted.keySet().stream().anyMatch(ReadLists::hasBytes)) return;
        each(store, row -> counted.merge(row, -1, Integer::sum));
        if (counted.values().stream().anyMatch(count -> count != 0)) throw new IllegalStateException("rows that are read again are others");
        if (!counted.isEmpty()) refusesOthers((KeyValueStore<Object, Object>) store, counted.keySet().iterator().next().key);
        if (store.approximateNumEntries() < 0) throw new IllegalStateException("there are fewer rows than none");
    }

    /** The store of a join has no ranges, and nothing is taken away or put in at once. */
    private static void refusesOthers(final KeyValueStore<Object, Object> store, final Object key) {
        final List<Runnable> calls = List.of(() -> store.range(key, key), () -> store.delete(key), () -> store.putAll(List.of()));
        for (final Runnable call : calls) {
            try {
                call.run();
            } catch (final UnsupportedOperationException expected) {
                continue;
            }
            throw new IllegalStateException("the store of a join does what it has no use for");
        }
    }

    private static boolean hasBytes(final KeyValue<?, ?> row) {
        final LeftOrRightValue<?, ?> value = (LeftOrRightValue<?, ?>) row.value;
        return ((TimestampedKeyAndJoinSide<?>) row.key).key() instanceof byte[] || value.leftValue() instanceof byte[] || value.rightValue() instanceof byte[];
    }

    private static void each(final KeyValueStore<?, ?> store, final Consumer<KeyValue<?, ?>> read) {
        try (KeyValueIterator<?, ?> iterator = store.all()) {
            while (iterator.hasNext()) {
                final Object peeked = iterator.peekNextKey();
                final KeyValue<?, ?> row = iterator.next();
                if (!row.key.equals(peeked)) throw new IllegalStateException("the key that was peeked is not the next one");
                read.accept(row);
            }
        }
    }

    private ReadLists() { }
}
