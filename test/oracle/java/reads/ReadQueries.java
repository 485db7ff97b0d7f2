package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Objects;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.query.KeyQuery;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.RangeQuery;
import org.apache.kafka.streams.query.TimestampedKeyQuery;
import org.apache.kafka.streams.query.TimestampedRangeQuery;
import org.apache.kafka.streams.query.VersionedKeyQuery;
import org.apache.kafka.streams.query.WindowKeyQuery;
import org.apache.kafka.streams.query.WindowRangeQuery;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.TimestampedKeyValueStoreWithHeaders;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.VersionedKeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * {@code queryKey}, {@code queryRange}: the library answers with its queries, which must know what the methods of the store know. The twins
 * are those that read the store.
 */
@SuppressWarnings("unchecked")
final class ReadQueries {
    static boolean isQuery(final Options o) {
        return o.has("queryKey") || o.has("queryRange");
    }

    static void read(final StateStore store, final Options o, final boolean stamped, final ObjectNode found) {
        if (o.has("queryKey")) key(store, o.node("queryKey"), stamped, found);
        else range(store, o.node("queryRange"), stamped, found);
    }

    private static void key(final StateStore store, final JsonNode given, final boolean stamped, final ObjectNode found) {
        if (store instanceof VersionedKeyValueStore<?, ?>) {
            final VersionedKeyQuery<Object, Object> asked = VersionedKeyQuery.withKey(Shown.item(given.get(0)));
            final JsonNode time = given.get(1);
            found.put("queryKey", VersionedProcessors.shown(ask(store, time.isNull() ? asked : asked.asOf(Instant.ofEpochMilli(time.longValue())))));
        } else if (store instanceof WindowStore<?, ?>) {
            final WindowKeyQuery<Object, Object> asked = WindowKeyQuery.withKeyAndWindowStartRange(Shown.item(given.get(0)), at(given.get(1)), at(given.get(2)));
            found.set("queryKey", rows(ask(store, (Query<KeyValueIterator<Object, Object>>) (Query<?>) asked), stamped, false, found));
        } else if (store instanceof SessionStore<?, ?>) {
            final WindowRangeQuery<Object, Object> asked = WindowRangeQuery.withKey(Shown.item(given));
            found.set("queryKey", rows(ask(store, (Query<KeyValueIterator<Object, Object>>) (Query<?>) asked), false, false, found));
        } else {
            final Object plain = ask(store, KeyQuery.withKey(Shown.item(given)));
            final Object kept = hasTimes(store) ? ask(store, TimestampedKeyQuery.withKey(Shown.item(given))) : plain;
            if (!Shown.value(plain, false).equals(Shown.value(kept, false))) throw new IllegalStateException("with its timestamp it is another value");
            found.put("queryKey", Shown.value(kept, stamped));
        }
    }

    private static void range(final StateStore store, final JsonNode given, final boolean stamped, final ObjectNode found) {
        if (store instanceof WindowStore<?, ?>) {
            final WindowRangeQuery<Object, Object> asked = WindowRangeQuery.withWindowStartRange(at(given.get(0)), at(given.get(1)));
            found.set("queryRange", rows(ask(store, (Query<KeyValueIterator<Object, Object>>) (Query<?>) asked), stamped, false, found));
            return;
        }
        final Object from = Shown.item(given.get(0));
        final Object to = Shown.item(given.get(1));
        final RangeQuery<Object, Object> plain = RangeQuery.withRange(from, to);
        final TimestampedRangeQuery<Object, Object> kept = TimestampedRangeQuery.withRange(from, to);
        found.set("queryRange", sameRows(store, plain.withAscendingKeys(), kept.withAscendingKeys(), stamped, found));
        found.set("reverse", sameRows(store, plain.withDescendingKeys(), kept.withDescendingKeys(), stamped, found));
        if (!Objects.equals(found.get("queryRange"), sameRows(store, plain, kept, stamped, found))) throw new IllegalStateException("without an order they come in another one");
    }

    /** With their timestamps, where the store has them, they must be the same. */
    private static ArrayNode sameRows(final StateStore store, final RangeQuery<Object, Object> plain, final TimestampedRangeQuery<Object, Object> kept, final boolean stamped, final ObjectNode found) {
        final ArrayNode rows = rows(ask(store, plain), false, true, found);
        if (!hasTimes(store)) return rows;
        if (!rows.equals(rows(ask(store, (Query<KeyValueIterator<Object, Object>>) (Query<?>) kept), false, true, found))) throw new IllegalStateException("with timestamps other rows are found");
        return stamped ? rows(ask(store, (Query<KeyValueIterator<Object, Object>>) (Query<?>) kept), true, true, found) : rows;
    }

    private static boolean hasTimes(final StateStore store) {
        return store instanceof TimestampedKeyValueStore<?, ?> || store instanceof TimestampedKeyValueStoreWithHeaders<?, ?>;
    }

    private static <R> R ask(final StateStore store, final Query<R> query) {
        final QueryResult<R> result = store.query(query, PositionBound.unbounded(), new QueryConfig(true));
        if (result.isFailure()) throw new IllegalStateException(result.getFailureMessage());
        return result.getResult();
    }

    /** {@code isPeeking}: in windows and sessions with headers the library's iterator of a query cannot peek (it throws). */
    private static ArrayNode rows(final KeyValueIterator<Object, Object> iterator, final boolean stamped, final boolean isPeeking, final ObjectNode found) {
        final ArrayNode rows = found.arrayNode();
        try (iterator) {
            while (iterator.hasNext()) {
                final KeyValue<Object, Object> row = isPeeking ? next(iterator) : iterator.next();
                // Of one key, a window store gives the starts of windows.
                rows.add((row.key instanceof Long start ? String.valueOf(start) : Shown.hex(row.key)) + " " + Shown.value(row.value, stamped));
            }
        }
        return rows;
    }

    /** Peeks at the key. */
    private static KeyValue<Object, Object> next(final KeyValueIterator<Object, Object> iterator) {
        final Object peeked = iterator.peekNextKey();
        final KeyValue<Object, Object> row = iterator.next();
        if (!row.key.equals(peeked)) throw new IllegalStateException("the key that was peeked is not the next one");
        return row;
    }

    private static Instant at(final JsonNode given) {
        return Instant.ofEpochMilli(given.longValue());
    }

    private ReadQueries() { }
}
