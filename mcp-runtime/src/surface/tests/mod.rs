mod changes;
mod documents;
mod records;
mod schemas;
