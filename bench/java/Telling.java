import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells the process that measures what has happened, with the time and the CPU time of all threads so far. say.ts is its twin. */
final class Telling {
    private static final Path STAT = Path.of("/proc/self/stat");

    private Telling() {}

    static synchronized void say(final String what) {
        System.out.println(System.currentTimeMillis() + " " + cpuMs() + " " + what);
        System.out.flush();
    }

    /** CPU time of all threads of this process so far, in milliseconds; the kernel counts hundredths of a second. */
    private static long cpuMs() {
        try {
            final String stat = Files.readString(STAT);
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
