package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/** Options that many operators have; test/oracle/materialized.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Common {
    /** Null where there is none. */
    static Named named(final Options o) {
        return o.has("name") ? Named.as(o.text("name")) : null;
    }

    static Grouped<Object, Object> grouped(final Options o, final String key, final String value) {
        final Grouped<Object, Object> grouped = Grouped.with(SerdesByName.serde(key), SerdesByName.serde(value));
        return o.has("name") ? grouped.withName(o.text("name")) : grouped;
    }

    /** Of sources, whose key and value are not those of the store. */
    static Materialized sourceMaterialized(final Call call) {
        return materialized(call, null, null);
    }

    /** The options of Materialized, null where there are none. */
    static Materialized materialized(final Call call) {
        return materialized(call, call.o().textOrNull("key"), call.o().textOrNull("value"));
    }

    private static Materialized materialized(final Call call, final String key, final String value) {
        final Options o = call.o();
        final String name = o.textOrNull("store");
        final String supplied = o.textOrNull("supplied");
        final Boolean caching = o.flagOrNull("caching");
        final JsonNode logging = o.node("logging");
        final String supplier = o.textOrNull("supplier");
        final Long retention = o.numberOrNull("retention");
        final Long history = o.numberOrNull("historyRetention");
        if (name == null && supplied == null && key == null && value == null && caching == null && logging == null && supplier == null && retention == null && history == null) return null;
        Materialized built;
        if (supplied != null) built = supplied(call.plan().store(supplied));
        else if (history != null) built = Materialized.as(Stores.persistentVersionedKeyValueStore(name, Duration.ofMillis(history)));
        else built = name == null ? Materialized.with(null, null) : Materialized.as(name);
        if (key != null) built = built.withKeySerde(SerdesByName.serde(key));
        if (value != null) built = built.withValueSerde(SerdesByName.serde(value));
        if (caching != null) built = caching ? built.withCachingEnabled() : built.withCachingDisabled();
        if (logging != null) built = isOff(logging) ? built.withLoggingDisabled() : built.withLoggingEnabled(settings(logging));
        if (supplier != null) built = built.withStoreType(StoreSuppliers.of(supplier));
        if (retention != null) built = built.withRetention(Duration.ofMillis(retention));
        return built;
    }

    private static Materialized supplied(final Plan.DescribedStore store) {
        final Object supplier = store.supplier();
        final Materialized built;
        if (supplier instanceof KeyValueBytesStoreSupplier keyValue) built = Materialized.as(keyValue);
        else if (supplier instanceof WindowBytesStoreSupplier window) built = Materialized.as(window);
        else built = Materialized.as((SessionBytesStoreSupplier) supplier);
        return built.withKeySerde(SerdesByName.serde(store.key())).withValueSerde(SerdesByName.serde(store.value()));
    }

    static boolean isOff(final JsonNode logging) {
        return logging.isBoolean() && !logging.booleanValue();
    }

    /** Settings of a changelog topic: none for {@code true}. */
    static Map<String, String> settings(final JsonNode logging) {
        final Map<String, String> settings = new HashMap<>();
        if (logging.isObject()) logging.fields().forEachRemaining(field -> settings.put(field.getKey(), field.getValue().asText()));
        else if (!logging.isBoolean()) throw new ScenarioException("logging is true, false or an object of topic settings");
        return settings;
    }

    private Common() { }
}
