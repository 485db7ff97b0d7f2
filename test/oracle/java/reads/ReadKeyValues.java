package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** {@code range}, {@code prefix}, {@code get}, {@code count}; without any of them all rows. */
final class ReadKeyValues {
    static void read(final KeyValueStore<Object, Object> store, final Options o, final boolean stamped, final ObjectNode found) {
        if (o.has("range")) {
            final JsonNode bounds = o.node("range");
            final Object from = Shown.item(bounds.get(0));
            final Object to = Shown.item(bounds.get(1));
            found.set("range", rows(store.range(from, to), stamped, found));
            found.set("reverseRange", rows(store.reverseRange(from, to), stamped, found));
        } else if (o.has("prefix")) {
            @SuppressWarnings({"unchecked", "rawtypes"})
            final KeyValueIterator<Object, Object> rows = store.prefixScan(o.text("prefix"), (Serializer) new StringSerializer());
            found.set("prefix", rows(rows, stamped, found));
        } else if (o.has("get")) {
            found.put("get", Shown.value(store.get(Shown.item(o.node("get"))), stamped));
        } else if (o.has("count")) {
            if (Boolean.TRUE.equals(o.flagOrNull("count"))) found.put("count", String.valueOf(store.approximateNumEntries()));
        } else {
            found.set("all", rows(store.all(), stamped, found));
            found.set("reverseAll", rows(store.reverseAll(), stamped, found));
        }
    }

    private static ArrayNode rows(final KeyValueIterator<Object, Object> iterator, final boolean stamped, final ObjectNode found) {
        final ArrayNode rows = found.arrayNode();
        try (iterator) {
            while (iterator.hasNext()) {
                final Object peeked = peek(iterator);
                final KeyValue<Object, Object> row = iterator.next();
                if (peeked != null && !Shown.hex(row.key).equals(Shown.hex(peeked))) throw new IllegalStateException("the key that was peeked is not the next one");
                rows.add(Shown.hex(row.key) + " " + Shown.value(row.value, stamped));
            }
        }
        return rows;
    }

    /** Null where the iterator cannot: that of a store of limited room. */
    private static Object peek(final KeyValueIterator<Object, Object> iterator) {
        try {
            return iterator.peekNextKey();
        } catch (final UnsupportedOperationException cannotPeek) {
            return null;
        }
    }

    private ReadKeyValues() { }
}
