package oracle;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.analysis.IClassCoverage;
import org.jacoco.core.analysis.ICounter;
import org.jacoco.core.analysis.IMethodCoverage;
import org.jacoco.core.tools.ExecFileLoader;

/**
 * Prints which lines of the library were run: for each class of two packages that counts, for each of its methods that counts, the class,
 * the method, its line, how many of its lines were run, and how many it has, with tabs between them. Arguments: what the agent wrote, the
 * jar of the library.
 */
public final class Coverage {
    private static final List<String> PACKAGES = List.of("org/apache/kafka/streams/kstream/internals", "org/apache/kafka/streams/state/internals");
    /** What a later issue builds, or what is about Java's disk. */
    private static final Pattern LEFT_OUT = Pattern.compile(".*Rocks.*|Composite.*|.*StoreProvider|StoreQueryUtils|StreamsMetadata.*|.*Checkpoint.*|.*ColumnFamily.*|.*Migrat.*|PositionSerde|.*Metrics.*");
    private static final Pattern METHODS_LEFT_OUT = Pattern.compile("query|run\\w*Query|getPosition");

    public static void main(final String[] args) throws IOException {
        final ExecFileLoader loaded = new ExecFileLoader();
        loaded.load(new File(args[0]));
        final CoverageBuilder builder = new CoverageBuilder();
        final Analyzer analyzer = new Analyzer(loaded.getExecutionDataStore(), builder);
        for (final String name : PACKAGES) analyze(analyzer, new File(args[1]), name);
        builder.getClasses().stream().sorted(Comparator.comparing(IClassCoverage::getName)).forEach(Coverage::print);
    }

    private static void analyze(final Analyzer analyzer, final File jar, final String folder) throws IOException {
        try (java.util.jar.JarFile opened = new java.util.jar.JarFile(jar)) {
            opened.stream().filter(entry -> entry.getName().matches(folder + "/[^/]+\\.class")).forEach(entry -> {
                try {
                    analyzer.analyzeClass(opened.getInputStream(entry), entry.getName());
                } catch (final IOException error) {
                    throw new UncheckedIOException(error);
                }
            });
        }
    }

    private static void print(final IClassCoverage type) {
        final String simple = type.getName().substring(type.getName().lastIndexOf('/') + 1);
        // An inner class is left out where its outer one is.
        if (Arrays.stream(simple.split("\\$")).anyMatch(part -> LEFT_OUT.matcher(part).matches())) return;
        for (final IMethodCoverage method : type.getMethods()) {
            if (METHODS_LEFT_OUT.matcher(method.getName()).matches()) continue;
            final ICounter lines = method.getLineCounter();
            System.out.println(String.join("\t", type.getName(), method.getName(), String.valueOf(method.getFirstLine()), String.valueOf(lines.getCoveredCount()), String.valueOf(lines.getTotalCount())));
        }
    }

    private Coverage() { }
}
