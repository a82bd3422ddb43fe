/** Starts Trino from its jars: they hold the server, but no main class. */
public final class Launch
{
    private Launch() {}

    /** Takes the version that the server reports. */
    public static void main(String[] arguments)
    {
        new io.trino.server.Server().start(arguments[0]);
    }
}
