package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.DslWindowParams;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionBytesStoreSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.StoreSupplier;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.VersionedBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/** Streams and tables of topics, and stores by themselves. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Sources {
    private static final BuiltInDslStoreSuppliers.RocksDBDslStoreSuppliers DISK = new BuiltInDslStoreSuppliers.RocksDBDslStoreSuppliers();

    static void add(final Operators all) {
        all.on("topology", "stream", Sources::stream);
        all.on("topology", "table", Sources::table);
        all.on("topology", "store", call -> {
            store(call);
            return null;
        });
    }

    private static Flow stream(final Call call) {
        final Options o = call.o();
        final String key = o.text("key", "string");
        final String value = o.text("value", "string");
        final Consumed<Object, Object> consumed = consumed(o, key, value);
        final var builder = call.plan().builder;
        if (o.has("pattern")) return new Flow("stream", builder.stream(Pattern.compile(o.text("pattern")), consumed), key, value);
        return new Flow("stream", o.has("topic") ? builder.stream(o.text("topic"), consumed) : builder.stream(o.texts("topics"), consumed), key, value);
    }

    private static Flow table(final Call call) {
        final Options o = call.o();
        final String key = o.text("key", "string");
        final String value = o.text("value", "string");
        final Consumed<Object, Object> consumed = consumed(o, key, value);
        final Materialized store = Common.sourceMaterialized(call);
        final var builder = call.plan().builder;
        return new Flow("table", store == null ? builder.table(o.text("topic"), consumed) : builder.table(o.text("topic"), consumed, store), key, value);
    }

    static Consumed<Object, Object> consumed(final Options o, final String key, final String value) {
        Consumed<Object, Object> consumed = Consumed.with(SerdesByName.serde(key), SerdesByName.serde(value));
        if (o.has("name")) consumed = consumed.withName(o.text("name"));
        if (o.has("extractor")) consumed = consumed.withTimestampExtractor(Functions.extractor(o.text("extractor")));
        if (o.has("offsetReset")) {
            final JsonNode given = o.node("offsetReset");
            final boolean isTime = given.isObject() && given.has("byDuration");
            consumed = consumed.withOffsetResetPolicy(isTime ? AutoOffsetReset.byDuration(Duration.ofMillis(given.get("byDuration").longValue())) : offsetReset(o.text("offsetReset")));
        }
        return consumed;
    }

    static AutoOffsetReset offsetReset(final String name) {
        return switch (name) {
            case "earliest" -> AutoOffsetReset.earliest();
            case "latest" -> AutoOffsetReset.latest();
            case "none" -> AutoOffsetReset.none();
            default -> throw new ScenarioException("offset reset is not known");
        };
    }

    private static void store(final Call call) {
        final Options o = call.o();
        final String name = call.id();
        final String keyName = o.text("key", "string");
        final String valueName = o.text("value", "string");
        final Serde<Object> key = SerdesByName.serde(keyName);
        final Serde<Object> value = SerdesByName.serde(valueName);
        final JsonNode where = o.node("supplier");
        final Integer room = where != null && where.has("lru") ? where.get("lru").intValue() : null;
        final boolean persistent = where != null && where.isTextual() && where.textValue().equals("persistent");
        final String kind = o.text("kind", "key-value");
        final Object supplier;
        StoreBuilder<?> built;
        switch (kind) {
            case "key-value" -> {
                final KeyValueBytesStoreSupplier made = own(o, KeyValueBytesStoreSupplier.class, persistent ? Stores.persistentKeyValueStore(name) : inMemory(name, room));
                supplier = persistent && !o.text("format", "timestamped").equals("plain") ? Stores.persistentTimestampedKeyValueStore(name) : made;
                built = Stores.keyValueStoreBuilder(made, key, value);
            }
            case "timestamped" -> {
                final KeyValueBytesStoreSupplier made = own(o, KeyValueBytesStoreSupplier.class, persistent ? onDisk(name, o.text("disk", "timestamped")) : inMemory(name, room));
                supplier = made;
                built = Stores.timestampedKeyValueStoreBuilder(made, key, value);
            }
            case "timestamped-headers" -> {
                final KeyValueBytesStoreSupplier made = own(o, KeyValueBytesStoreSupplier.class, persistent ? onDisk(name, o.text("disk", "headers")) : inMemory(name, room));
                supplier = made;
                built = Stores.timestampedKeyValueStoreWithHeadersBuilder(made, key, value);
            }
            case "versioned" -> {
                final Duration retention = Duration.ofMillis(o.number("historyRetention"));
                final Long segment = o.numberOrNull("segmentInterval");
                final VersionedBytesStoreSupplier made = own(o, VersionedBytesStoreSupplier.class, segment == null
                    ? Stores.persistentVersionedKeyValueStore(name, retention)
                    : Stores.persistentVersionedKeyValueStore(name, retention, Duration.ofMillis(segment)));
                supplier = made;
                built = Stores.versionedKeyValueStoreBuilder(made, key, value);
            }
            case "window" -> {
                final boolean duplicates = isWithDuplicates(o);
                final WindowBytesStoreSupplier made = window(o, name, persistent, "plain", duplicates);
                supplier = window(o, name, persistent, o.text("format", "timestamped"), duplicates);
                built = Stores.windowStoreBuilder(made, key, value);
            }
            case "timestamped-window" -> {
                final WindowBytesStoreSupplier made = window(o, name, persistent, o.text("disk", "timestamped"), isWithDuplicates(o));
                supplier = made;
                built = Stores.timestampedWindowStoreBuilder(made, key, value);
            }
            case "headers-window" -> {
                final WindowBytesStoreSupplier made = window(o, name, persistent, o.text("disk", "headers"), isWithDuplicates(o));
                supplier = made;
                built = Stores.timestampedWindowStoreWithHeadersBuilder(made, key, value);
            }
            case "headers-session" -> {
                final SessionBytesStoreSupplier made = session(o, name, persistent, "headers");
                supplier = made;
                built = Stores.sessionStoreWithHeadersBuilder(made, key, value);
            }
            case "session" -> {
                final SessionBytesStoreSupplier made = session(o, name, persistent, "plain");
                supplier = made;
                built = Stores.sessionStoreBuilder(made, key, value);
            }
            default -> throw new ScenarioException("kind of store \"" + kind + "\" is not known");
        }
        if (kind.equals("timestamped") && !o.has("disk")) call.plan().timestamped.add(name);
        if (Boolean.TRUE.equals(o.flagOrNull("caching"))) built = built.withCachingEnabled();
        final JsonNode logging = o.node("logging");
        if (logging != null) built = Common.isOff(logging) ? built.withLoggingDisabled() : built.withLoggingEnabled(Common.settings(logging));
        call.plan().putStore(name, new Plan.DescribedStore(built, supplier, keyName, valueName));
    }

    /** {@code room}: for so many rows; null: for all. */
    private static KeyValueBytesStoreSupplier inMemory(final String name, final Integer room) {
        return room == null ? Stores.inMemoryKeyValueStore(name) : Stores.lruMap(name, room);
    }

    /** {@code disk}: the format of the rows. */
    private static KeyValueBytesStoreSupplier onDisk(final String name, final String disk) {
        return switch (disk) {
            case "plain" -> Stores.persistentKeyValueStore(name);
            case "timestamped" -> Stores.persistentTimestampedKeyValueStore(name);
            case "headers" -> Stores.persistentTimestampedKeyValueStoreWithHeaders(name);
            default -> throw new ScenarioException("disk is not known");
        };
    }

    /** {@code disk}: the format of the rows, which operators have with timestamps unless they are told otherwise. */
    private static WindowBytesStoreSupplier window(final Options o, final String name, final boolean persistent, final String disk, final boolean duplicates) {
        return own(o, WindowBytesStoreSupplier.class, libraryWindow(o, name, persistent, disk, duplicates));
    }

    private static WindowBytesStoreSupplier libraryWindow(final Options o, final String name, final boolean persistent, final String disk, final boolean duplicates) {
        final Duration size = Duration.ofMillis(o.number("windowSize"));
        final Duration retention = Duration.ofMillis(o.number("retention"));
        final boolean isInOrderOfTime = isInOrderOfTime(o);
        if (!persistent) return Stores.inMemoryWindowStore(name, retention, size, duplicates);
        if (isInOrderOfTime) {
            final DslStoreFormat format = disk.equals("headers") ? DslStoreFormat.HEADERS : DslStoreFormat.TIMESTAMPED;
            final boolean hasIndex = o.text("order").equals("indexed-time");
            return DISK.windowStore(new DslWindowParams(name, retention, size, duplicates, EmitStrategy.onWindowClose(), hasIndex, format));
        }
        return switch (disk) {
            case "plain" -> Stores.persistentWindowStore(name, retention, size, duplicates);
            case "timestamped" -> Stores.persistentTimestampedWindowStore(name, retention, size, duplicates);
            case "headers" -> Stores.persistentTimestampedWindowStoreWithHeaders(name, retention, size, duplicates);
            default -> throw new ScenarioException("disk is not known");
        };
    }

    private static boolean isWithDuplicates(final Options o) {
        return Boolean.TRUE.equals(o.flagOrNull("retainDuplicates"));
    }

    /** Whether rows of all keys are in the order of their times, as operators keep them that emit when a window closes. */
    private static boolean isInOrderOfTime(final Options o) {
        final String order = o.text("order", "key");
        if (!List.of("key", "time", "indexed-time").contains(order)) throw new ScenarioException("order is not known");
        return !order.equals("key");
    }

    /** {@code own}: a store of the program around that of the library, and which of its calls fails. */
    private static <T extends StoreSupplier<?>> T own(final Options o, final Class<T> type, final T supplier) {
        final String failing = o.textOrNull("own");
        return failing == null ? supplier : OwnStores.supplier(type, supplier, failing);
    }

    private static SessionBytesStoreSupplier session(final Options o, final String name, final boolean persistent, final String format) {
        return own(o, SessionBytesStoreSupplier.class, librarySession(o, name, persistent, format));
    }

    private static SessionBytesStoreSupplier librarySession(final Options o, final String name, final boolean persistent, final String format) {
        final Duration retention = Duration.ofMillis(o.number("retention"));
        if (!persistent) return Stores.inMemorySessionStore(name, retention);
        return o.text("disk", format).equals("headers") ? Stores.persistentSessionStoreWithHeaders(name, retention) : Stores.persistentSessionStore(name, retention);
    }

    private Sources() { }
}
