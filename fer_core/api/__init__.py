"""The HTTP API: what models say about pictures, for other programs.

``settings`` says what is allowed, ``app`` puts the paths together, ``serving`` listens. Import those: this
package itself stays light, because the command line reads its options from ``settings``.
"""
