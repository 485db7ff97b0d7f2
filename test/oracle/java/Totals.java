package oracle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.TopologyTestDriver;

/** What a driver has counted that depends on nothing but the records; test/oracle/totals.ts is its twin. */
final class Totals {
    private static final Set<String> OF_TASKS = Set.of("process-total", "punctuate-total", "enforced-processing-total");
    private static final Set<String> OF_NODES = Set.of("process-total", "suppression-emit-total", "window-aggregate-final-emit-total");

    private Totals() {}

    /** By name and place; what is zero is left out. */
    static void put(final TopologyTestDriver driver, final ObjectNode target) {
        final Map<String, Long> totals = new TreeMap<>();
        driver.metrics().forEach((name, metric) -> {
            final String key = keyOf(name);
            if (key == null) return;
            final long value = ((Number) metric.metricValue()).longValue();
            // The driver asks whether a task may go on twice for each record.
            final long counted = name.name().equals("enforced-processing-total") ? value / 2 : value;
            if (counted != 0) totals.merge(key, counted, Long::sum);
        });
        totals.forEach(target::put);
    }

    private static String keyOf(final MetricName metric) {
        final String name = metric.name();
        final Map<String, String> tags = metric.tags();
        final String node = tags.get("processor-node-id");
        switch (metric.group()) {
            case "stream-task-metrics":
                if (!OF_TASKS.contains(name)) return null;
                return name + (tags.get("task-id").equals("-1_-1") ? " global" : "");
            case "stream-processor-node-metrics":
                return OF_NODES.contains(name) ? name + " " + node : null;
            case "stream-topic-metrics":
                // All sinks of a topic are counted as one of them.
                return name.contains("produced") ? name + " " + tags.get("topic") : name + " " + node + " " + tags.get("topic");
            case "stream-state-metrics":
                if (!name.equals("num-open-iterators")) return null;
                return name + " " + tags.entrySet().stream().filter(tag -> tag.getKey().endsWith("-state-id")).map(Map.Entry::getValue).findFirst().orElseThrow();
            default:
                return null;
        }
    }
}
