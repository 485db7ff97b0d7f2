package oracle;

/** A scenario that is not written as test/oracle/README.md says. */
final class ScenarioException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ScenarioException(final String message) {
        super(message);
    }
}
