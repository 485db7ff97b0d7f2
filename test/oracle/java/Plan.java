package oracle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.GlobalKTable;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.state.StoreBuilder;

/** Builds the topology of a scenario; test/oracle/plan.ts is its twin. The operators are in operators/. */
final class Plan {
    final StreamsBuilder builder;
    private final Map<String, Flow> flows = new HashMap<>();
    private final Map<String, DescribedStore> stores = new HashMap<>();
    /** Stores that a processor has brought with it. */
    private final Set<String> given = new HashSet<>();
    private final List<Consumer<Topology>> late = new ArrayList<>();
    /** Described stores that are global: processors read them without being connected. */
    final Set<String> global = new HashSet<>();
    /** Stores whose rows are printed with timestamps. */
    final Set<String> timestamped = new LinkedHashSet<>();

    /** A store that a scenario describes by itself: for processors a builder, for Materialized a supplier. */
    record DescribedStore(StoreBuilder<?> builder, Object supplier, String key, String value) { }

    Plan(final StreamsBuilder builder) {
        this.builder = builder;
    }

    void add(final Options o) {
        final String op = o.text("op");
        final String id = o.text("id", "");
        if (flows.containsKey(id)) throw new ScenarioException("id \"" + id + "\" is there twice");
        final Flow from = o.has("from") ? flow(o.text("from")) : new Flow("topology", builder, "none", "none");
        final Flow made = Operators.of(from.kind(), op).apply(new Call(this, id, o, from));
        if (made != null) put(id, made);
        o.done();
    }

    void put(final String id, final Flow flow) {
        flows.put(id, flow);
    }

    Flow flow(final String id) {
        final Flow found = flows.get(id);
        if (found == null) throw new ScenarioException("no operator has the id \"" + id + "\"");
        return found;
    }

    /** What has that id and must be of that kind. */
    Flow flow(final String id, final String kind) {
        final Flow found = flow(id);
        if (!found.kind().equals(kind)) throw new ScenarioException("\"" + id + "\" is no " + kind);
        return found;
    }

    void putStore(final String id, final DescribedStore store) {
        stores.put(id, store);
    }

    /** The described store with that id. */
    DescribedStore store(final String id) {
        final DescribedStore found = stores.get(id);
        if (found == null) throw new ScenarioException("no store has the id \"" + id + "\"");
        return found;
    }

    /**
     * The stores with those ids, described ones or those of tables: {@code names} of all; {@code owned}, which the processor brings with it,
     * {@code connected}, which are there already.
     */
    record Stores(List<String> names, Set<StoreBuilder<?>> owned, List<String> connected) { }

    Stores stores(final List<String> ids) {
        final Stores found = new Stores(new ArrayList<>(), new LinkedHashSet<>(), new ArrayList<>());
        for (final String id : ids) {
            if (global.contains(id)) {
                found.names.add(id);
            } else if (stores.containsKey(id)) {
                // What the library gets twice from processors it takes for two stores, in two sub-topologies.
                if (given.add(id)) found.owned.add(stores.get(id).builder());
                else found.connected.add(id);
                found.names.add(id);
            } else {
                if (flow(id).kind().equals("global table")) {
                    final String name = flow(id).<GlobalKTable<?, ?>>get().queryableStoreName();
                    if (name == null) throw new ScenarioException("the store of table \"" + id + "\" has no name");
                    found.names.add(name);
                    continue;
                }
                final String name = flow(id, "table").<KTable<?, ?>>get().queryableStoreName();
                if (name == null) throw new ScenarioException("the store of table \"" + id + "\" has no name");
                found.names.add(name);
                found.connected.add(name);
            }
        }
        return found;
    }

    /** What is done to the topology when the DSL has built it. */
    void later(final Consumer<Topology> change) {
        late.add(change);
    }

    Topology build(final Properties config) {
        final Topology topology = builder.build(config);
        late.forEach(change -> change.accept(topology));
        return topology;
    }
}
