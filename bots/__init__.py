"""The channels: each turns a provider's request into an Incoming, a Reply into its response, and sends later answers."""
