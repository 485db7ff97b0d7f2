package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The options of an operator or a step: remembers which were asked for, so that what nobody asked for can be refused. */
final class Options {
    private final JsonNode node;
    private final Set<String> asked = new HashSet<>();

    Options(final JsonNode node) {
        if (!node.isObject()) throw new ScenarioException("not an object: " + node);
        this.node = node;
    }

    boolean has(final String name) {
        asked.add(name);
        return node.has(name);
    }

    /** The value, which may be a JSON null; a Java null where there is none. */
    JsonNode node(final String name) {
        asked.add(name);
        return node.get(name);
    }

    String text(final String name) {
        final String found = textOrNull(name);
        if (found == null) throw new ScenarioException("option \"" + name + "\" is missing in " + node);
        return found;
    }

    String textOrNull(final String name) {
        final JsonNode found = node(name);
        if (found == null) return null;
        if (!found.isTextual()) throw new ScenarioException("option \"" + name + "\" is no text in " + node);
        return found.textValue();
    }

    String text(final String name, final String otherwise) {
        final String found = textOrNull(name);
        return found == null ? otherwise : found;
    }

    Boolean flagOrNull(final String name) {
        final JsonNode found = node(name);
        if (found == null) return null;
        if (!found.isBoolean()) throw new ScenarioException("option \"" + name + "\" is not true or false in " + node);
        return found.booleanValue();
    }

    Long numberOrNull(final String name) {
        final JsonNode found = node(name);
        if (found == null) return null;
        if (!found.isIntegralNumber()) throw new ScenarioException("option \"" + name + "\" is no whole number in " + node);
        return found.longValue();
    }

    /** A whole number that must be there. */
    long number(final String name) {
        final Long found = numberOrNull(name);
        if (found == null) throw new ScenarioException("option \"" + name + "\" is missing in " + node);
        return found;
    }

    List<String> texts(final String name) {
        final JsonNode found = node(name);
        final List<String> texts = new ArrayList<>();
        if (found != null) found.forEach(item -> texts.add(item.textValue()));
        return texts;
    }

    List<Options> objects(final String name) {
        final JsonNode found = node(name);
        final List<Options> objects = new ArrayList<>();
        if (found != null) found.forEach(item -> objects.add(new Options(item)));
        return objects;
    }

    /** Refuses options that nobody asked for. */
    void done() {
        node.fieldNames().forEachRemaining(name -> {
            if (!asked.contains(name)) throw new ScenarioException("option \"" + name + "\" is not known in " + node);
        });
    }
}
