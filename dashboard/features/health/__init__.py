"""Health: what load balancers, container hosts and alarms ask of us."""
