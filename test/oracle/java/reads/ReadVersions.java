package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.kafka.streams.state.VersionedKeyValueStore;

/** {@code get}, {@code asOf}; without them the versions of some keys; test/oracle/reads/versioned.ts is the twin. */
final class ReadVersions {
    private static final List<String> KEYS = List.of("", "a", "aa", "b", "c", "d", "e", "x");

    static void read(final VersionedKeyValueStore<Object, Object> store, final Options o, final ObjectNode found) {
        if (o.has("get")) found.put("get", VersionedProcessors.shown(store.get(Shown.item(o.node("get")))));
        else if (o.has("asOf")) {
            final JsonNode given = o.node("asOf");
            found.put("asOf", VersionedProcessors.shown(store.get(Shown.item(given.get(0)), given.get(1).longValue())));
        } else {
            final ArrayNode versions = found.putArray("versions");
            for (final String key : KEYS) versions.add(key + ": " + VersionedProcessors.history(store, key));
        }
    }

    private ReadVersions() { }
}
