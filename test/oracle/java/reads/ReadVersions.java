package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.query.MultiVersionedKeyQuery;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.state.VersionedKeyValueStore;
import org.apache.kafka.streams.state.VersionedRecordIterator;

/** {@code get}, {@code asOf}, {@code between}; without them the versions of some keys; test/oracle/reads/versioned.ts is the twin. */
final class ReadVersions {
    private static final List<String> KEYS = List.of("", "a", "aa", "b", "c", "d", "e", "x");

    static void read(final VersionedKeyValueStore<Object, Object> store, final Options o, final ObjectNode found) {
        if (o.has("get")) found.put("get", VersionedProcessors.shown(store.get(Shown.item(o.node("get")))));
        else if (o.has("between")) {
            final JsonNode given = o.node("between");
            final MultiVersionedKeyQuery<Object, Object> all = MultiVersionedKeyQuery.withKey(Shown.item(given.get(0)))
                .fromTime(Instant.ofEpochMilli(given.get(1).longValue())).toTime(Instant.ofEpochMilli(given.get(2).longValue()));
            found.set("between", versions(store, all.withAscendingTimestamps(), found));
            found.set("backward", versions(store, all.withDescendingTimestamps(), found));
        } else if (o.has("asOf")) {
            final JsonNode given = o.node("asOf");
            found.put("asOf", VersionedProcessors.shown(store.get(Shown.item(given.get(0)), given.get(1).longValue())));
        } else {
            final ArrayNode versions = found.putArray("versions");
            for (final String key : KEYS) versions.add(key + ": " + VersionedProcessors.history(store, key));
        }
    }

    /** A query knows the ends of versions, which the store itself loses. */
    private static ArrayNode versions(final VersionedKeyValueStore<Object, Object> store, final MultiVersionedKeyQuery<Object, Object> asked, final ObjectNode found) {
        final ArrayNode rows = found.arrayNode();
        try (VersionedRecordIterator<Object> versions = store.query(asked, PositionBound.unbounded(), new QueryConfig(false)).getResult()) {
            versions.forEachRemaining(version -> rows.add(VersionedProcessors.shown(version) + "-" + (version.validTo().isPresent() ? version.validTo().get() : "")));
            CallProcessors.refuses(versions::next);
        }
        return rows;
    }

    private ReadVersions() { }
}
