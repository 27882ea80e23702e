"""Tests of trace trees and state."""
