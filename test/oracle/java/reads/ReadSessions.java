package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Supplier;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.SessionStore;

/**
 * {@code fetchSession}, {@code fetch}, {@code fetchRange}, {@code findSessions}, {@code findSessionsInRange}; without any of them all rows.
 * test/oracle/reads/session.ts is the twin.
 */
final class ReadSessions {
    static void read(final SessionStore<Object, Object> store, final Options o, final ObjectNode found) {
        if (o.has("fetchSession")) {
            final JsonNode given = o.node("fetchSession");
            found.put("fetchSession", Shown.value(store.fetchSession(Shown.item(given.get(0)), given.get(1).longValue(), given.get(2).longValue()), false));
        } else if (o.has("fetch")) {
            final Object key = Shown.item(o.node("fetch").get(0));
            both(found, "fetch", store.fetch(key), () -> store.backwardFetch(key));
        } else if (o.has("findSessions")) {
            final JsonNode given = o.node("findSessions");
            final Object key = Shown.item(given.get(0));
            final long earliest = ReadWindows.from(given.get(1));
            final long latest = ReadWindows.to(given.get(2));
            both(found, "findSessions", store.findSessions(key, earliest, latest), () -> store.backwardFindSessions(key, earliest, latest));
        } else if (o.has("findSessionsInRange")) {
            final JsonNode given = o.node("findSessionsInRange");
            final Object low = Shown.item(given.get(0));
            final Object high = Shown.item(given.get(1));
            final long earliest = ReadWindows.from(given.get(2));
            final long latest = ReadWindows.to(given.get(3));
            both(found, "findSessionsInRange", store.findSessions(low, high, earliest, latest), () -> store.backwardFindSessions(low, high, earliest, latest));
        } else {
            final JsonNode given = o.has("fetchRange") ? o.node("fetchRange") : null;
            final Object low = given == null ? null : Shown.item(given.get(0));
            final Object high = given == null ? null : Shown.item(given.get(1));
            both(found, "fetchRange", store.fetch(low, high), () -> store.backwardFetch(low, high));
        }
    }

    private static void both(final ObjectNode found, final String name, final KeyValueIterator<Windowed<Object>, Object> forward, final Supplier<KeyValueIterator<Windowed<Object>, Object>> backward) {
        final ArrayNode rows = rows(forward, found);
        found.set(name, rows);
        // The library's cache throws for a scan backward while it has had no session.
        if (!rows.isEmpty()) found.set("backward", rows(backward.get(), found));
    }

    private static ArrayNode rows(final KeyValueIterator<Windowed<Object>, Object> iterator, final ObjectNode found) {
        final ArrayNode rows = found.arrayNode();
        try (iterator) {
            while (iterator.hasNext()) {
                final Windowed<Object> peeked = iterator.peekNextKey();
                final KeyValue<Windowed<Object>, Object> row = iterator.next();
                if (!row.key.equals(peeked)) throw new IllegalStateException("the key that was peeked is not the next one");
                rows.add(Shown.hex(row.key) + " " + Shown.value(row.value, false));
            }
        }
        return rows;
    }

    private ReadSessions() { }
}
