//! What is said: requests, replies, error codes and webhooks in the published JSON.
