package oracle;

import java.time.Duration;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.DslKeyValueParams;
import org.apache.kafka.streams.state.DslSessionParams;
import org.apache.kafka.streams.state.DslStoreSuppliers;
import org.apache.kafka.streams.state.DslWindowParams;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/** Suppliers by name, for the configuration and for single operators; test/oracle/store-suppliers.ts is the twin. */
public final class StoreSuppliers {
    private StoreSuppliers() {}

    /** The class of that name. */
    static Class<? extends DslStoreSuppliers> className(final String name) {
        return switch (name) {
            case "Roomy" -> Roomy.class;
            case "Plain" -> Plain.class;
            case "Choosing" -> Choosing.class;
            case "RocksDBDslStoreSuppliers" -> BuiltInDslStoreSuppliers.RocksDBDslStoreSuppliers.class;
            case "InMemoryDslStoreSuppliers" -> BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class;
            default -> throw new ScenarioException("no such store suppliers: " + name);
        };
    }

    /** What the option of an operator names. */
    static DslStoreSuppliers of(final String name) {
        return switch (name) {
            case "persistent" -> BuiltInDslStoreSuppliers.ROCKS_DB;
            case "in-memory" -> BuiltInDslStoreSuppliers.IN_MEMORY;
            case "Roomy" -> new Roomy();
            case "Plain" -> new Plain();
            case "Choosing" -> new Choosing();
            default -> throw new ScenarioException("no such supplier: " + name);
        };
    }

    /** In memory, and longer than asked for; with room for two rows where the name says so. */
    public static final class Roomy implements DslStoreSuppliers {
        @Override
        public KeyValueBytesStoreSupplier keyValueStore(final DslKeyValueParams asked) {
            return asked.name().contains("room") ? Stores.lruMap(asked.name(), 2) : Stores.inMemoryKeyValueStore(asked.name());
        }

        @Override
        public WindowBytesStoreSupplier windowStore(final DslWindowParams asked) {
            return Stores.inMemoryWindowStore(asked.name(), longer(asked.retentionPeriod()), asked.windowSize(), asked.retainDuplicates());
        }

        @Override
        public SessionBytesStoreSupplier sessionStore(final DslSessionParams asked) {
            return Stores.inMemorySessionStore(asked.name(), longer(asked.retentionPeriod()));
        }

        private static Duration longer(final Duration asked) {
            return asked.multipliedBy(2).plusMillis(10);
        }
    }

    /** On disk, without timestamps; sessions with headers. */
    public static final class Plain implements DslStoreSuppliers {
        @Override
        public KeyValueBytesStoreSupplier keyValueStore(final DslKeyValueParams asked) {
            return Stores.persistentKeyValueStore(asked.name());
        }

        @Override
        public WindowBytesStoreSupplier windowStore(final DslWindowParams asked) {
            return Stores.persistentWindowStore(asked.name(), asked.retentionPeriod(), asked.windowSize(), asked.retainDuplicates());
        }

        @Override
        public SessionBytesStoreSupplier sessionStore(final DslSessionParams asked) {
            return Stores.persistentSessionStoreWithHeaders(asked.name(), asked.retentionPeriod());
        }
    }

    /** By what it is asked for. */
    public static final class Choosing implements DslStoreSuppliers {
        private final DslStoreSuppliers disk = BuiltInDslStoreSuppliers.ROCKS_DB;
        private final DslStoreSuppliers memory = BuiltInDslStoreSuppliers.IN_MEMORY;

        @Override
        public KeyValueBytesStoreSupplier keyValueStore(final DslKeyValueParams asked) {
            return asked.name().endsWith("m") ? memory.keyValueStore(asked) : disk.keyValueStore(asked);
        }

        @Override
        public WindowBytesStoreSupplier windowStore(final DslWindowParams asked) {
            final boolean isFinal = asked.emitStrategy().type() == EmitStrategy.StrategyType.ON_WINDOW_CLOSE;
            return isFinal || asked.windowSize().toMillis() > 10 ? disk.windowStore(asked) : memory.windowStore(asked);
        }

        @Override
        public SessionBytesStoreSupplier sessionStore(final DslSessionParams asked) {
            return asked.name().endsWith("m") ? memory.sessionStore(asked) : disk.sessionStore(asked);
        }
    }
}
