"""The endpoints: each reads one request, asks the parts of the service and writes one answer. No work is done here."""
