"""What a check means: values and ports in, CheckResult out; no check finds a model or a file by itself."""
