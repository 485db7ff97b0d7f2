package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/** {@code fetch}, {@code fetchRange}, {@code fetchAll}; without any of them all rows. */
final class ReadWindows {
    static void read(final WindowStore<Object, Object> store, final Options o, final boolean stamped, final ObjectNode found) {
        if (o.has("fetch")) {
            final JsonNode given = o.node("fetch");
            final Object key = Shown.item(given.get(0));
            if (given.size() == 2) {
                found.put("fetch", Shown.value(store.fetch(key, from(given.get(1))), stamped));
                return;
            }
            found.set("fetch", ofKey(store.fetch(key, from(given.get(1)), to(given.get(2))), stamped, found));
            found.set("backward", ofKey(store.backwardFetch(key, from(given.get(1)), to(given.get(2))), stamped, found));
        } else if (o.has("fetchRange")) {
            final JsonNode given = o.node("fetchRange");
            final Object low = Shown.item(given.get(0));
            final Object high = Shown.item(given.get(1));
            found.set("fetchRange", rows(store.fetch(low, high, from(given.get(2)), to(given.get(3))), stamped, found));
            found.set("backward", rows(store.backwardFetch(low, high, from(given.get(2)), to(given.get(3))), stamped, found));
        } else {
            final JsonNode given = o.has("fetchAll") ? o.node("fetchAll") : null;
            found.set("fetchAll", rows(given == null ? store.all() : store.fetchAll(from(given.get(0)), to(given.get(1))), stamped, found));
            found.set("backward", rows(given == null ? store.backwardAll() : store.backwardFetchAll(from(given.get(0)), to(given.get(1))), stamped, found));
        }
    }

    static long from(final JsonNode given) {
        return given.isNull() ? 0 : given.longValue();
    }

    static long to(final JsonNode given) {
        return given.isNull() ? Long.MAX_VALUE : given.longValue();
    }

    private static ArrayNode rows(final KeyValueIterator<Windowed<Object>, Object> iterator, final boolean stamped, final ObjectNode found) {
        final ArrayNode rows = found.arrayNode();
        try (iterator) {
            iterator.forEachRemaining(row -> rows.add(Shown.hex(row.key) + " " + Shown.value(row.value, stamped)));
        } catch (final IllegalArgumentException error) {
            // The library cannot make a window without an end after its start: those of joins may have none.
            if (!String.valueOf(error.getMessage()).startsWith("Window endMs must be greater")) throw error;
            rows.add("no window");
        }
        return rows;
    }

    private static ArrayNode ofKey(final WindowStoreIterator<Object> iterator, final boolean stamped, final ObjectNode found) {
        final ArrayNode rows = found.arrayNode();
        try (iterator) {
            while (iterator.hasNext()) {
                final Long peeked = iterator.peekNextKey();
                final KeyValue<Long, Object> row = iterator.next();
                if (!row.key.equals(peeked)) throw new IllegalStateException("the time that was peeked is not the next one");
                rows.add(row.key + " " + Shown.value(row.value, stamped));
            }
        }
        return rows;
    }

    private ReadWindows() { }
}
