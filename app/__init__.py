"""The roof: settings, assembly, the server, the tasks and the command line. Only this room knows everybody."""
