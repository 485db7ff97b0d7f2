package oracle;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Reads scenarios, one JSON document per line, and prints the answer of the Java library to each, one per line. */
public final class Oracle {
    public static void main(final String[] args) throws Exception {
        final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // What the library or a topology prints must not come between the answers.
        System.setOut(System.err);
        final ObjectMapper json = new ObjectMapper();
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer;
            try {
                answer = new Run(json).run(json.readTree(line));
            } catch (final ScenarioException notAScenario) {
                answer = json.createObjectNode().put("refused", notAScenario.getMessage());
            }
            out.println(json.writeValueAsString(answer));
        }
    }

    private Oracle() { }
}
