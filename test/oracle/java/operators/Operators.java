package oracle;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators by the kind of the flow that they come after and by name; test/oracle/operators/registry.ts is the twin. */
final class Operators {
    /** The operators of an area. */
    interface Area {
        void addTo(Operators operators);
    }

    private static final List<Area> AREAS = List.of(Sources::add, Streams::add, Tables::add, GroupedFlows::add, Windows::add, Sessions::add, Cogroups::add, ProcessorOperators::add, GlobalTables::add, HandOperators::add, ForeignKeys::add, TableJoins::add, StreamJoins::add, StreamTableJoins::add, Suppress::add);
    private static final Operators ALL = new Operators();

    private final Map<String, Operator> operators = new HashMap<>();

    private Operators() {
        for (final Area area : AREAS) area.addTo(this);
    }

    /** Kind {@code topology}: operators that come after nothing. */
    void on(final String kind, final String op, final Operator operator) {
        if (operators.put(kind + ": " + op, operator) != null) throw new IllegalStateException("operator \"" + op + "\" on a " + kind + " is there twice");
    }

    static Operator of(final String kind, final String op) {
        final Operator found = ALL.operators.get(kind + ": " + op);
        if (found == null) throw new ScenarioException("operator \"" + op + "\" is not known on a " + kind);
        return found;
    }
}
