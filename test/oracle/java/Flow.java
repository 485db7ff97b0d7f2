package oracle;

import java.util.Map;

/**
 * What operators take and make: a stream, a table, a grouping, ..., with the names of the serdes of its keys and values. {@code more} is
 * what an area keeps with it.
 */
record Flow(String kind, Object node, String key, String value, Map<String, Object> more) {
    Flow(final String kind, final Object node, final String key, final String value) {
        this(kind, node, key, value, Map.of());
    }

    /** As this, another node of that kind. */
    Flow as(final String newKind, final Object newNode) {
        return new Flow(newKind, newNode, key, value);
    }

    @SuppressWarnings("unchecked")
    <T> T get() {
        return (T) node;
    }
}
